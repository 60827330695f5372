"""What a determined programmer writes is still found, and what an innocent one writes is not."""

from __future__ import annotations

import pytest

from tests.support.corpus import Case, Form, forms, innocents

FORMS = list(forms())
ENOUGH = 150

each_form = pytest.mark.parametrize("form", [pytest.param(form, id=form.name) for form in FORMS])


@each_form
def test_a_form_is_found_where_it_is_marked(form: Form) -> None:
    assert form.case.marked
    assert form.case.found == form.case.marked


@each_form
def test_its_twin_is_innocent(form: Form) -> None:
    assert form.idle == []
    assert form.twin.marked != form.case.marked
    assert form.twin.found == form.twin.marked


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in innocents()])
def test_an_innocent_is_left_alone(case: Case) -> None:
    assert not case.marked
    assert not case.found


def test_there_are_enough_of_both() -> None:
    assert len(FORMS) >= ENOUGH
    assert len({form.name for form in FORMS}) == len(FORMS)
