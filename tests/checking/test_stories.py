"""The example project and the history of its mistakes give exactly what their fixtures state."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from outbox_guard import Report, check
from outbox_guard.cli import main
from outbox_guard.frontends import FRONTENDS
from outbox_guard.reporters import FORMATS, renderer
from tests.support.paths import FIXTURES

STORIES = sorted(file.parent for file in FIXTURES.rglob("expected.json"))

for frontend in FRONTENDS:
    import_module(frontend.module)  # here once, and not again in every worker of every run

every_story = pytest.mark.parametrize(
    "story", STORIES, ids=lambda story: story.relative_to(FIXTURES).as_posix()
)


class Spot(NamedTuple):
    """What every output says of a finding."""

    code: str
    path: str
    line: int
    column: int | None  # None where the output leaves it out


def expected(story: Path) -> dict[str, Any]:
    """`status` of the run, `enforced` or not, and `findings`: all of them, the suppressed too."""
    stated: dict[str, Any] = json.loads((story / "expected.json").read_text("utf-8"))
    return {"enforced": False, **stated}


@cache
def report_on(story: Path) -> Report:
    return check(story, enforced=expected(story)["enforced"])


@every_story
def test_a_story_is_told_as_it_happened(story: Path) -> None:
    found = [
        {
            "code": finding.code,
            "path": finding.place.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "severity": finding.severity,
            **({"suppressed": finding.suppressed.kind} if finding.suppressed else {}),
        }
        for finding in report_on(story).findings
    ]
    assert found == expected(story)["findings"]


@every_story
def test_the_exit_status_is_the_story_s_own(
    story: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(story)
    monkeypatch.delenv("ENFORCE_NO_DB_QUERY", raising=False)
    stated = expected(story)
    arguments = ["check", ".", *(["--enforce"] if stated["enforced"] else [])]
    assert main(arguments) == stated["status"], capsys.readouterr().out


@every_story
@pytest.mark.parametrize("name", FORMATS)
def test_every_output_tells_the_same(story: Path, name: str) -> None:
    told = list(READERS[name](renderer(name)(report_on(story))))
    stated = (f for f in expected(story)["findings"] if "suppressed" not in f)
    spots = [Spot(f["code"], f["path"], f["line"], f["column"]) for f in stated]
    assert len(told) == len(spots)
    assert sorted(map(str, told)) == sorted(map(str, _as_told(spots, told)))


def _as_told(spots: list[Spot], told: list[Spot]) -> Iterator[Spot]:
    """Without the columns that the output leaves out."""
    without = {spot[:3] for spot in told if spot.column is None}
    for spot in spots:
        yield spot._replace(column=None) if spot[:3] in without else spot


def _from_json(output: str) -> Iterator[Spot]:
    for finding in json.loads(output)["findings"]:
        yield Spot(finding["code"], finding["path"], finding["line"], finding["column"])


def _from_sarif(output: str) -> Iterator[Spot]:
    for result in json.loads(output)["runs"][0]["results"]:
        place = result["locations"][0]["physicalLocation"]
        path = unquote(place["artifactLocation"]["uri"])
        region = place["region"]
        yield Spot(result["ruleId"], path, region["startLine"], region["startColumn"])


def _from_gitlab(output: str) -> Iterator[Spot]:
    for issue in json.loads(output):
        begin = issue["location"]["positions"]["begin"]
        yield Spot(issue["check_name"], issue["location"]["path"], begin["line"], begin["column"])


def _from_rdjson(output: str) -> Iterator[Spot]:
    for diagnostic in json.loads(output)["diagnostics"]:
        location = diagnostic["location"]
        start = location["range"]["start"]
        code = diagnostic["code"]["value"]
        yield Spot(code, location["path"], start["line"], start.get("column"))


def _from_junit(output: str) -> Iterator[Spot]:
    for case in ET.fromstring(output.encode()).iter("testcase"):
        named = re.fullmatch(r"(\S+) \S+ at (\d+):(\d+)", case.attrib["name"])
        if named is not None:
            yield Spot(named[1], case.attrib["file"], int(named[2]), int(named[3]))


def _from_github(output: str) -> Iterator[Spot]:
    for line in output.splitlines():
        said = dict(pair.split("=", 1) for pair in line.split("::")[1].split(" ", 1)[1].split(","))
        column = int(said["col"]) if "col" in said else None
        yield Spot(said["title"].split()[0], unquote(said["file"]), int(said["line"]), column)


def _from_text(output: str) -> Iterator[Spot]:
    for path, line, column, code in re.findall(
        r"^(\S+):(\d+):(\d+)\s+(OBG\d+)", output, re.MULTILINE
    ):
        yield Spot(code, path, int(line), int(column))


READERS: dict[str, Callable[[str], Iterator[Spot]]] = {
    "json": _from_json,
    "sarif": _from_sarif,
    "gitlab": _from_gitlab,
    "rdjson": _from_rdjson,
    "junit": _from_junit,
    "github": _from_github,
    "text": _from_text,
}
