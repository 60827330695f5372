"""One proof file: what the database is told, and what it must answer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from outbox_guard.config.records import Record
from outbox_guard.errors import UsageError, did_you_mean
from outbox_guard.live.proofs.calls import Call, defaults_of
from outbox_guard.live.proofs.cases import DOMAINS, Domain
from outbox_guard.live.proofs.words import WORDS
from outbox_guard.live.templates import names_in, values_in
from outbox_guard.names import Texts
from outbox_guard.rules import shipped

Cell = str | int
Yes = Literal["no", "yes"]


class ProofError(UsageError):
    """A proof file is wrong; says which file, and what to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that one session (or each of a crowd) does."""

    says: Annotated[str, "what happens, for people"] = ""
    session: Annotated[str, "who does it"] = "owner"
    crowd: Annotated[int, "so many sessions do it, each as `session 1`, `session 2`, …"] = 0
    times: Annotated[int, "it is done so often, as :number 1, 2, …"] = 0
    role: Annotated[str, "the role that it is done under"] = ""
    each: Annotated[Literal["", Domain], "it is done for each of these"] = ""
    only: Annotated[Mapping[str, str], "only where these names have these values"] = field(
        default_factory=dict
    )
    sql: Annotated[str, "a statement; $names are the project's, :values the proof's"] = ""
    call: Annotated[Literal["", Call], "a function of the project, as it has to be called"] = ""
    given: Annotated[Mapping[str, Cell], "what the call is given"] = field(default_factory=dict)
    event: Annotated[
        Literal["", "finish", "crash"], "a waiting statement ends, or the session's backend does"
    ] = ""
    waits: Annotated[Literal["no", "yes", "maybe"], "must it wait for another session?"] = "no"
    returns: Annotated[
        Cell | tuple[Cell | tuple[Cell, ...], ...], "the value, or the rows, that it must return"
    ] = ()
    rows: Annotated[int, "how many rows it must return"] = -1
    raises: Annotated[str, "the SQLSTATE that it must fail with, or any"] = ""
    outcomes: Annotated[Mapping[str, int], "of a crowd: how many succeed (ok), or fail how"] = (
        field(default_factory=dict)
    )
    keeps: Annotated[Texts, "names for the values of the one row that it must return"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A promise of the outbox, and the steps that would show it broken."""

    name: Annotated[str, "how it is called on the command line and in reports"] = ""
    title: Annotated[str, "the promise, in a sentence"] = ""
    why: Annotated[str, "what goes wrong where it is broken"] = ""
    rules: Annotated[Texts, "the rules that judge the same without a database"] = ()
    each: Annotated[Literal["", Domain], "proved for each of these, in a database each"] = ""
    demonstration: Annotated[Yes, "shows something on demand, proves nothing of the project"] = "no"
    steps: tuple[Step, ...] = ()
    file: str = ""


_ASKED = ("returns", "rows", "raises", "outcomes", "keeps")
_SILENT = Step()  # asks for nothing


def builtin_files() -> tuple[Path, ...]:
    return tuple(sorted(shipped("proofs").glob("*.toml"), key=lambda file: file.stem))


def load_proofs(files: Iterable[Path]) -> tuple[Proof, ...]:
    """Every proof of these files, in their order; two may not share a name."""
    taken: dict[str, Proof] = {}
    for path in files:
        proof = read_proof(path)
        if proof.name in taken:
            raise ProofError(f"{path}: {proof.name} is already taken by {taken[proof.name].file}")
        taken[proof.name] = proof
    return tuple(taken.values())


def read_proof(path: Path) -> Proof:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ProofError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProofError(f"{path}: is not TOML: {error}") from error
    return build_proof(table, file=str(path))


def build_proof(table: Mapping[str, Any], *, file: str) -> Proof:
    """A proof from its TOML table; raises ProofError with all that is wrong with it."""
    faults = [
        f"{file}: {'.'.join(map(str, fault.key))}: {fault.says}"
        for fault in Record(Proof).faults(table, ())
        if fault.key != ("file",)
    ]
    if not faults:
        proof: Proof = Record(Proof).build({**table, "file": file})
        faults = [f"{file}: {says}" for says in (*_empty_returns(table), *_faults(proof))]
    if faults:
        raise ProofError("\n".join(faults))
    return proof


def _empty_returns(table: Mapping[str, Any]) -> Iterator[str]:
    """An empty list would ask for nothing."""
    for number, step in enumerate(table.get("steps", ()), 1):
        if step.get("returns") == []:
            yield f"step {number}: `returns` is empty; for no row at all write rows = 0"


def _faults(proof: Proof) -> Iterator[str]:
    for key in ("name", "title", "why"):
        if not getattr(proof, key).strip():
            yield f"{key!r} is missing"
    if not proof.steps:
        yield "it has no [[steps]]"
    kept: set[str] = set()
    for number, step in enumerate(proof.steps, 1):
        for says in (*_step_faults(step), *_reference_faults(step, proof.each, kept)):
            yield f"step {number}: {says}"
        kept |= set(step.keeps)


def _step_faults(step: Step) -> Iterator[str]:
    done = [key for key in ("sql", "call", "event") if getattr(step, key)]
    if len(done) != 1:
        yield "it needs one of sql, call and event" + (", not several" if done else "")
    if step.given and not step.call:
        yield "`given` is for a call"
    for name in step.given if step.call else ():
        if name not in defaults_of(step.call or "enqueue"):
            yield f"{step.call} takes no {name!r}; {_hint(name, step)}"
    yield from _answer_faults(step)
    if step.outcomes and not (step.crowd or step.times):
        yield "`outcomes` are those of a crowd, or of several times"
    if step.keeps and (step.crowd or step.times):
        yield "what is done several times keeps nothing"
    if (step.role or step.each) and (step.waits != "no" or step.crowd or step.keeps):
        yield "a step with `role` or `each` is a transaction of its own: no waits, crowd or keeps"


def _answer_faults(step: Step) -> Iterator[str]:
    """What is asked of an answer that nobody would look at."""
    asked = {key for key in _ASKED if getattr(step, key) != getattr(_SILENT, key)}
    if "raises" in asked and asked & {"returns", "rows", "keeps"}:
        yield "what raises returns nothing"
    if "outcomes" in asked and asked - {"outcomes"}:
        yield "`outcomes` say all that is expected of a step"
    if step.waits != "no" and asked:
        yield "what waits has no result yet; ask for it in the step with event = 'finish'"
    if step.event == "crash" and (asked or step.waits != "no"):
        yield "a crash is waited for, and has no result"


def _hint(name: str, step: Step) -> str:
    return did_you_mean(name, defaults_of(step.call or "enqueue"), otherwise="it takes nothing")


def _reference_faults(step: Step, each: Literal["", Domain], kept: set[str]) -> Iterator[str]:
    """Names that nothing stands for, values that no step before keeps."""
    known = _known_words(each) | _known_words(step.each)
    values = kept | ({"number"} if step.crowd or step.times else set())
    for text in _texts(step):
        for name in sorted(names_in(text) - known):
            yield f"there is no name ${name}; {did_you_mean(name, known)}"
        for name in sorted(values_in(text) - values):
            otherwise = "no step before it keeps one" if not values else ""
            yield f"there is no value :{name}; {did_you_mean(name, values, otherwise=otherwise)}"
    for name in step.only:
        if name not in known:
            yield f"`only` knows no name {name!r}; {did_you_mean(name, known)}"


@cache
def _known_words(domain: Literal["", Domain]) -> frozenset[str]:
    return WORDS | (DOMAINS[domain].names if domain else frozenset())


def _texts(step: Step) -> Iterator[str]:
    yield from (step.sql, step.session, step.role, step.raises)
    yield from (str(value) for value in step.given.values())
    yield from step.outcomes
    yield from _expected_texts(step.returns)


def _expected_texts(value: object) -> Iterator[str]:
    match value:
        case tuple():
            for member in value:
                yield from _expected_texts(member)
        case _:
            yield str(value)
