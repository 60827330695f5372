"""Globs over paths and names mean what their readers think, and a wrong one is told."""

import pytest

from outbox_guard.globs import (
    any_file,
    any_name,
    any_path,
    module_fault,
    path_fault,
    table_fault,
)


@pytest.mark.parametrize(
    ("glob", "path", "covered"),
    [
        ("tests/**", "tests/a/b.py", True),
        ("tests/**", "services/x/tests/a.py", False),  # anchored at the root
        ("**/tests/**", "services/x/tests/a.py", True),
        ("**/tests/**", "tests/a.py", True),
        ("tests", "tests/a.py", True),  # a folder covers what is in it
        ("*.py", "a/b.py", False),  # `*` stays within a folder
        ("libs/d?/*.py", "libs/db/a.py", True),
        ("[!t]*/x", "tests/x", False),
        ("a.b", "aXb", False),
    ],
)
def test_a_path_glob_covers_what_it_says(glob: str, path: str, covered: bool) -> None:
    assert any_path((glob,), path) is covered


@pytest.mark.parametrize(
    ("glob", "says"),
    [
        ("libs/db/**", ""),
        ("**/*.py", ""),
        ("x[ab]", ""),
        ("", "empty"),
        ("/", "empty"),
        (r"libs\db", "separated"),
        ("../x", "root"),
        ("./x", "root"),
        ("a//b", "root"),
        ("tests/**.py", "alone"),
        ("x[ab", "never closed"),
        ("x[z-a]", "bad character range"),
    ],
)
def test_a_wrong_path_glob_says_what_is_wrong(glob: str, says: str) -> None:
    assert says in path_fault(glob)
    assert bool(path_fault(glob)) is bool(says)


@pytest.mark.parametrize(
    ("name", "says"),
    [("*_outbox_pending", ""), ("public.payments", "schema"), (" ", "empty"), ("x[", "closed")],
)
def test_a_wrong_table_name_says_what_is_wrong(name: str, says: str) -> None:
    assert says in table_fault(name)
    assert bool(table_fault(name)) is bool(says)


@pytest.mark.parametrize(
    ("module", "says"),
    [("libs.db.test_only", ""), ("libs/*/fakes", ""), (" ", "empty"), ("x[z-a]", "range")],
)
def test_a_wrong_module_says_what_is_wrong(module: str, says: str) -> None:
    assert says in module_fault(module)
    assert bool(module_fault(module)) is bool(says)


def test_names_count_case() -> None:
    assert any_name(("*_pending",), "payment_pending")
    assert not any_name(("*_pending",), "payment_PENDING")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a/b.py", True),
        ("*.sql", "SCHEMA.SQL", True),
        ("*.py", "x.py/data.bin", False),  # a folder's name says nothing of what is in it
        ("setup.py", "a/setup.py", True),
        ("setup.py", "a/my-setup.py", False),
        (".github/workflows/*.yml", ".github/workflows/ci.yml", True),
        (".github/workflows/*.yml", "x/.github/workflows/ci.yml", False),
    ],
)
def test_a_kind_of_file_is_known_by_its_name(pattern: str, path: str, fits: bool) -> None:
    assert any_file((pattern,), path) is fits
