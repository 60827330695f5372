"""A proof file says what it means, or what is wrong with it; the tool's own are documented."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from outbox_guard.live.proofs.files import ProofError, build_proof, builtin_files, load_proofs
from tests.support.paths import REPOSITORY
from tests.support.provable import PROOFS, proof_of

WRONG: Mapping[str, tuple[dict[str, object], str]] = {
    "an unknown key": ({"sql": "SELECT 1", "return": 1}, "did you mean 'returns'?"),
    "nothing to do": ({"says": "a"}, "needs one of sql, call and event"),
    "two things to do": ({"sql": "SELECT 1", "call": "claim"}, "not several"),
    "an unknown call": ({"call": "clam"}, "did you mean 'claim'?"),
    "an unknown argument": (
        {"call": "claim", "given": {"workers": "a"}},
        "claim takes no 'workers'; did you mean 'worker'?",
    ),
    "an argument of nothing": ({"sql": "SELECT 1", "given": {"a": 1}}, "`given` is for a call"),
    "an unknown name": ({"sql": "SELECT FROM $pendign"}, "did you mean 'pending'?"),
    "a value that nobody keeps": ({"sql": "SELECT :payment"}, "no step before it keeps one"),
    "a value of another": (
        {"sql": "SELECT :tokens", "crowd": 2},
        "there is no value :tokens; there are: number",
    ),
    "a name of another domain": (
        {"sql": "SELECT $role", "each": "lease-column"},
        "there is no name $role",
    ),
    "only what is not": ({"sql": "SELECT 1", "only": {"rolle": "a"}}, "`only` knows no name"),
    "an unknown domain": ({"sql": "SELECT 1", "each": "roles"}, "did you mean 'role'?"),
    "an error with rows": ({"sql": "SELECT 1", "raises": "any", "rows": 1}, "returns nothing"),
    "outcomes of one": ({"sql": "SELECT 1", "outcomes": {"ok": 1}}, "are those of a crowd"),
    "a crowd that keeps": ({"sql": "SELECT 1", "crowd": 2, "keeps": ["a"]}, "keeps nothing"),
    "a result of what waits": (
        {"sql": "SELECT 1", "waits": "yes", "returns": 1},
        "has no result yet",
    ),
    "a number of rows of what waits": (
        {"sql": "SELECT 1", "waits": "yes", "rows": 0},
        "has no result yet",
    ),
    "a result that is nought of what waits": (
        {"sql": "SELECT 1", "waits": "yes", "returns": 0},
        "has no result yet",
    ),
    "a result of what may wait": (
        {"sql": "SELECT 1", "waits": "maybe", "raises": "any"},
        "has no result yet",
    ),
    "a result of a crash": ({"event": "crash", "raises": "any"}, "a crash is waited for"),
    "a crash that waits": ({"event": "crash", "waits": "yes"}, "a crash is waited for"),
    "outcomes and rows": (
        {"sql": "SELECT 1", "crowd": 2, "outcomes": {"ok": 2}, "rows": 1},
        "say all that is expected",
    ),
    "no row at all": ({"sql": "SELECT 1", "returns": []}, "write rows = 0"),
    "a role that waits": (
        {"sql": "SELECT 1", "role": "a", "waits": "yes"},
        "a transaction of its own",
    ),
}


@pytest.mark.parametrize(("step", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_step(step: dict[str, object], says: str) -> None:
    with pytest.raises(ProofError, match=re.escape(says)) as caught:
        proof_of({"sql": "SELECT 1"}, step)
    assert str(caught.value).startswith("mine.proof.toml: ")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ProofError) as caught:
        proof_of({"sql": "SELECT $a, :b"}, {"call": "claim", "given": {"x": 1}}, title=" ")
    assert len(str(caught.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("text", "says"),
    [("name = ", "is not TOML"), ("", "'name' is missing"), ('name = "a"', "has no [[steps]]")],
)
def test_a_file_that_is_no_proof(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "a.proof.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ProofError, match=re.escape(says)):
        load_proofs([file])
    with pytest.raises(ProofError, match="cannot be read"):
        load_proofs([tmp_path / "none.toml"])


def test_two_proofs_cannot_share_a_name(tmp_path: Path) -> None:
    [first, *_] = builtin_files()
    copy = tmp_path / "copy.toml"
    copy.write_text(first.read_text("utf-8"), "utf-8")
    with pytest.raises(ProofError, match="is already taken by"):
        load_proofs([first, copy])


@pytest.mark.parametrize("file", builtin_files(), ids=lambda file: file.stem)
def test_a_proof_is_called_as_its_file(file: Path) -> None:
    assert PROOFS[file.stem].file == str(file)


def test_every_proof_is_documented() -> None:
    page = (REPOSITORY / "docs/proofs.md").read_text("utf-8")
    for proof in PROOFS.values():
        if proof.demonstration == "no":
            assert f"| `{proof.name}` | {proof.title} | {', '.join(proof.rules)} |" in page


def test_the_rules_that_a_proof_names_are_there() -> None:
    for proof in PROOFS.values():
        assert all(re.fullmatch(r"OBG[1457]\d\d", code) for code in proof.rules)


def test_the_example_of_the_documentation_is_a_proof() -> None:
    page = (REPOSITORY / "docs/proofs.md").read_text("utf-8")
    [example] = re.findall(r'```toml\n(name = "hold"\n.*?)```', page, re.DOTALL)
    assert build_proof(tomllib.loads(example), file="docs/proofs.md").name == "hold"
