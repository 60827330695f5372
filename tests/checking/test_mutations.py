"""In other words, the same verdict: mutants of every form and every twin of the corpus."""

from __future__ import annotations

import pytest

from tests.support.corpus import Form, forms
from tests.support.mutants import mutant

FORMS = list(forms())
OF_FORM, OF_TWIN = 4, 2  # mutants of each
STEPS = 3  # mutations in one


@pytest.mark.slow
@pytest.mark.parametrize("form", [pytest.param(form, id=form.name) for form in FORMS])
def test_other_words_keep_the_verdict(form: Form) -> None:
    for number in range(OF_FORM + OF_TWIN):
        case = form.case if number < OF_FORM else form.twin
        changed, done = mutant(case, f"{form.name} {number}", 1 + number % STEPS)
        said = "\n".join(f"{path}\n{text}" for path, text in changed.files.items())
        assert changed.found == changed.marked, f"mutant {number}: {', '.join(done)}\n{said}"


def test_there_are_a_thousand_mutants() -> None:
    assert len(FORMS) * (OF_FORM + OF_TWIN) > 1000
