"""A server takes every schema of the cases, but for those that use what is not there yet."""

from __future__ import annotations

import psycopg
import pytest

from outbox_guard.schema.order import apply_order, is_down
from tests.support.postgres import Scratch
from tests.support.schemas import Case, Texts, cases

# The other families are compared in modules of their own, with more than whether they apply.
FAMILIES = ("OBG404", "OBG405", "OBG406", "OBG407", "OBG408", "OBG412")
every_case = pytest.mark.parametrize(
    "case", [each for each in cases() if each.name.startswith(FAMILIES)], ids=lambda case: case.name
)


def applied(scratch: Scratch, schema: Texts) -> None:
    """In the order in which they take effect; raises what the server says."""
    paths = sorted((path for path in schema if not is_down(path)), key=apply_order)
    scratch.create("schema", *(schema[path] for path in paths))


@pytest.mark.slow
@pytest.mark.usefixtures("roles")
@every_case
def test_a_harmless_schema_is_taken(scratch: Scratch, case: Case) -> None:
    try:
        applied(scratch, case.harmless)
    except psycopg.errors.FeatureNotSupported as error:
        # The PostgreSQL that the tests bring has no extensions; Debian's has them.
        if "is not available" not in str(error):
            raise
        pytest.skip(f"this server cannot say: {error.diag.message_primary}")


@pytest.mark.slow
@pytest.mark.usefixtures("roles")
@every_case
def test_a_wrong_schema_is_refused_if_it_uses_what_is_not_there(
    scratch: Scratch, case: Case
) -> None:
    if not case.name.startswith("OBG404"):
        applied(scratch, case.wrong)
        return
    with pytest.raises(psycopg.Error, match="does not exist"):
        applied(scratch, case.wrong)
