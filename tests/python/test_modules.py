"""A module is read for the names that are asked for, and says of them what it says read whole."""

from __future__ import annotations

import ast

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.frontends.python.parsing.top_level import EVERYTHING, margins, statements_of
from outbox_guard.sources import Source
from tests.support.examples import RULES, judgement
from tests.support.paths import REPOSITORY

PACKAGE = REPOSITORY / "guardrails"
USES = """
from services.names import NAME

def clear(cursor):
    cursor.execute(f"DELETE FROM {NAME}")
"""
TABLE = "payment_outbox_pending"
GUARDED = {
    "as it stands": f'NAME = "{TABLE}"',
    "by other names": f'A = "payment"\nB = "outbox"\nNAME = f"{{A}}_{{B}}_pending"  # {TABLE}',
    "before it is bound anew": f'part = "{TABLE}"\nNAME = part\npart = "other"',
    "after it is bound anew": f'NAME = "other"\nNAME = "{TABLE}"',
    "put together": f'NAME = "{TABLE[:12]}"\nNAME += "{TABLE[12:]}"',
    "in a list that grows": f'names = []\nnames.append("{TABLE}")\nNAME = names[0]',
    "in a list that is cleared": f'names = ["{TABLE}"]\nNAME = names[0]\nnames.clear()',
    "in a branch": f'try:\n    import x\n    NAME = "{TABLE}"\nexcept ImportError:\n    NAME = "a"',
    "in a loop": f'for NAME in ["other", "{TABLE}"]:\n    pass',
    "in a match": f'match ["{TABLE}"]:\n    case [NAME]:\n        pass',
    "by a walrus": f'print(NAME := "{TABLE}")',
    "by a function below": f'def name():\n    return TABLE\nTABLE = "{TABLE}"\nNAME = name()',
    "as a default": f'def name(table="{TABLE}"):\n    return table\nNAME = name()',
    "by a function that rebinds it": (
        f'NAME = None\ndef set_up():\n    global NAME\n    NAME = "{TABLE}"\nset_up()'
    ),
    "by a function that another one calls": (
        f'names = []\ndef keep():\n    names.append("{TABLE}")\ndef run():\n    keep()\nrun()\n'
        "NAME = names[0]"
    ),
    "by a hook of a class": (
        "names = []\nclass Base:\n    table = None\n    def __init_subclass__(cls):\n"
        f'        names.append(cls.table)\nclass Own(Base):\n    table = "{TABLE}"\nNAME = names[0]'
    ),
    "in a class": f'class Tables:\n    one = "{TABLE}"\nNAME = Tables.one',
    "in an attribute set later": (
        f'class Tables:\n    one = "other"\nTables.one = "{TABLE}"\nNAME = Tables.one'
    ),
    "two on a line": f'a = 1; NAME = "{TABLE}"',
    "in grammar that not every Python has": (
        'type T = int\ndef f[A](a: A) -> A:\n    return a\nNOTE = """\nNAME = "other"\n"""\n'
        f'x = (\n[1],\n)\n@f\n# a note\n\nclass C[T]: ...\nNAME = "{TABLE}"\n'
    ),
    "after grammar that is cut wrongly": (
        f'type T = int\nx = f"{{T["a"]}}"; NAME = "{TABLE}"\ny = f"{{T["(\'"]}}"\n'
    ),
}
OTHER = {
    "bound anew": f'NAME = "{TABLE}"\nNAME = "other"',
    "another name": f'TABLE = "{TABLE}"\nNAME = "other"',
    "bound anew in between": f'part = "other"\nNAME = part\npart = "{TABLE}"',
}


def found(module: str) -> set[str]:
    texts = {"services/use.py": USES, "services/names.py": f"{module}\n"}
    return {each.code for each in check_sources(texts, judgement(*RULES)).findings}


@pytest.mark.parametrize("module", GUARDED.values(), ids=GUARDED)
def test_a_guarded_name_is_known_however_its_module_binds_it(module: str) -> None:
    assert found(module) == {"OBG103"}


@pytest.mark.parametrize("module", OTHER.values(), ids=OTHER)
def test_another_name_is_not_taken_for_it(module: str) -> None:
    assert not found(module)


def test_what_another_module_does_by_default_is_told_at_its_place() -> None:
    clear = f'def clear(cursor, sql="DELETE FROM {TABLE}"):\n    cursor.execute(sql)\n'
    texts = {
        "services/use.py": "from services.names import clear\n\nclear(None)\n",
        "services/names.py": f"import os\n\n\n{clear}",
    }
    [finding] = check_sources(texts, judgement(*RULES)).findings
    assert (finding.place.path, finding.place.line) == ("services/names.py", 4)


def test_statements_end_where_python_ends_them_also_where_it_cannot_say() -> None:
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text("utf-8")
        told = {each.start for each in statements_of(Source(str(file), text)).all}
        lines = {text.count("\n", 0, start) for start in told}
        assert {text.count("\n", 0, start) for start, _ in margins(text)} - {0} == lines - {0}, file


def test_what_stands_between_the_statements_is_no_code() -> None:
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text("utf-8")
        rest, at = "", 0
        for each in statements_of(Source(str(file), text)).all:
            assert EVERYTHING not in each.binds, file
            rest, at = rest + text[at : each.start], each.end
        assert not ast.parse(rest + text[at:]).body, file
