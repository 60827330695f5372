"""One case of a proof, step by step, in a database of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from outbox_guard.live.catalog.outbox import Outbox
from outbox_guard.live.errors import LiveError
from outbox_guard.live.proofs.calls import Calls, defaults_of
from outbox_guard.live.proofs.cases import Case, cases_of, described
from outbox_guard.live.proofs.expecting import Expectation
from outbox_guard.live.proofs.files import Proof, Step
from outbox_guard.live.proofs.results import Done
from outbox_guard.live.servers.applying import SqlFile
from outbox_guard.live.servers.databases import Databases
from outbox_guard.live.servers.sessions import Observer, Outcome, Session
from outbox_guard.live.templates import Statement, Values, Words, plain, quoted, statement

WAITS = "waits for another session"


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the proofs of one schema are carried out."""

    databases: Databases
    template: str  # the database in which the schema has been applied
    files: tuple[SqlFile, ...]
    outbox: Outbox
    calls: Calls
    words: Words
    cleared: tuple[str, ...] = ()  # what killed runs had left on the server


def play(proof: Proof, case: Case, stage: Stage, database: str) -> Iterator[Done]:
    """Each step in turn; the first that does not hold is the last.

    Raises LiveError where a step could not be carried out at all.
    """
    scene = _Scene(stage, database, {**stage.words, **case})
    try:
        for number, step in enumerate(proof.steps, 1):
            scene.step = f"the proof {proof.name}, step {number}"
            steps = list(scene.carry_out(step, described(case)))
            yield from steps
            if not all(done.held for done in steps):
                return
    finally:
        scene.close()


@dataclass
class _Scene:
    """The sessions of one case, and the values that it keeps."""

    stage: Stage
    database: str
    words: Words
    values: dict[str, str | None] = field(default_factory=dict)
    early: dict[str, Outcome] = field(default_factory=dict)  # done, though it might have waited
    step: str = ""  # the one at work, for messages

    def __post_init__(self) -> None:
        self.observer = Observer(self.stage.databases.admin)

    # -- sessions --------------------------------------------------------------------------

    def session(self, name: str) -> Session:
        """The session of this name; new where there is none, or where it crashed."""
        known = self.observer.sessions
        if name not in known:
            known[name] = Session(name, self.stage.databases.connect(self.database))
        return known[name]

    def members(self, step: Step) -> list[Session]:
        if not step.crowd:
            return [self.session(step.session)]
        return [self.session(f"{step.session} {number + 1}") for number in range(step.crowd)]

    def close(self) -> None:
        """When this returns they are gone, and the database can be dropped at once."""
        sessions = list(self.observer.sessions.values())
        pids = [session.pid for session in sessions]
        for session in sessions:
            session.close()
        self.observer.wait_until_gone(pids)

    # -- steps -----------------------------------------------------------------------------

    def carry_out(self, step: Step, case: str) -> Iterator[Done]:
        """What came of a step: once, or for each of what it is done for."""
        for inner in cases_of(step.each, self.stage.outbox):
            words = {**self.words, **inner}
            if all(words[name].text == text for name, text in step.only.items() if name in words):
                yield self._once(step, words, ", ".join(filter(None, (case, described(inner)))))

    def _once(self, step: Step, words: Words, case: str) -> Done:
        members = self.members(step)
        if step.event == "crash":
            self._crash(members)
            return _done(step, case, "", "its backend is terminated")
        expectation = Expectation(step, words, dict(self.values))
        outcomes = self._outcomes(step, words, members)
        shown = "" if step.event else self._statement(step, words, 1).shown
        waiting = [outcome for outcome in outcomes if outcome is None]
        if step.waits == "maybe":
            return _done(step, case, shown, "may wait for another session")
        if step.waits == "yes" or waiting:
            held = step.waits == "yes" and len(waiting) == len(outcomes)
            there = [outcome for outcome in outcomes if outcome is not None]
            got = WAITS if waiting and step.waits == "no" else _done_early(expectation, there)
            return _done(step, case, shown, expectation.shown, "" if held else got)
        answers = [outcome for outcome in outcomes if outcome is not None]
        if not expectation.fits(answers):
            got = expectation.outcome_shown(answers)
            return _done(step, case, shown, expectation.shown, got)
        self.values.update(zip(step.keeps, answers[-1].rows[0] if step.keeps else (), strict=True))
        return _done(step, case, shown, expectation.shown)

    def _crash(self, members: Sequence[Session]) -> None:
        for member in members:
            self.observer.end(member)
            member.close()
            del self.observer.sessions[member.name]

    def _outcomes(
        self, step: Step, words: Words, members: Sequence[Session]
    ) -> list[Outcome | None]:
        """Of each member, or of each time; None where it waits."""
        if step.event == "finish":
            return [self._finish(step, member) for member in members]
        turns = [(member, n) for member in members for n in range(1, max(step.times, 1) + 1)]
        outcomes: list[Outcome | None] = []
        for number, (member, turn) in enumerate(turns, 1):
            said = self._statement(step, words, turn if step.times else number)
            outcomes.append(self._act(step, words, member, said))
        return outcomes

    def _finish(self, step: Step, member: Session) -> Outcome | None:
        if member.name in self.early:
            return self.early.pop(member.name)
        if not member.running:
            raise LiveError(f"{self.step}: nothing is running in the session {member.name}")
        return self._sound(step, member.outcome()) if self.observer.finish(member) else None

    def _act(self, step: Step, words: Words, member: Session, said: Statement) -> Outcome | None:
        if member.running:
            raise LiveError(f"{self.step}: the session {member.name} is still waiting")
        if step.role or step.each:
            return self._act_by_itself(step, words, member, said)
        member.send(said.sql, said.parameters)
        if not self.observer.settle(member):
            return None
        outcome = self._sound(step, member.outcome())
        if step.waits == "maybe":
            self.early[member.name] = outcome
        return outcome

    def _act_by_itself(
        self, step: Step, words: Words, member: Session, said: Statement
    ) -> Outcome | None:
        """In a transaction of its own, which leaves nothing behind where it is to be refused."""
        member.run("BEGIN")
        if step.role:
            self._take_role(plain(step.role, words, self.values) or "", step, words, member)
        member.send(said.sql, said.parameters)
        if not self.observer.settle(member):
            return None
        outcome = self._sound(step, member.outcome())
        if not outcome.sqlstate:
            # What is checked at the end of a transaction is checked here.
            checked = self._sound(step, member.run("SET CONSTRAINTS ALL IMMEDIATE"))
            outcome = checked if checked.sqlstate else outcome
        ended = self._sound(step, member.run("ROLLBACK" if step.raises else "COMMIT"))
        return ended if ended.sqlstate and not outcome.sqlstate else outcome

    def _take_role(self, role: str, step: Step, words: Words, member: Session) -> None:
        """A role that cannot be taken is no refusal of what would be done under it."""
        said = statement(f"SET LOCAL ROLE {step.role}", words, self.values)
        outcome = member.run(said.sql)
        if outcome.sqlstate:
            raise LiveError(
                f"{self.step}: the role {role} cannot be taken: {outcome.message};"
                " let the schema (or `before` in [live]) create it, or, if you have no such role,"
                f" write `{role} = {{}}` under [privileges.forbidden]"
            )

    def _sound(self, step: Step, outcome: Outcome) -> Outcome:
        """The outcome; a server in trouble has not answered."""
        if outcome.is_trouble and outcome.sqlstate != step.raises:
            raise LiveError(f"{self.step}: {outcome.message} ({outcome.sqlstate})")
        return outcome

    # -- statements ------------------------------------------------------------------------

    def _statement(self, step: Step, words: Words, number: int) -> Statement:
        values = {**self.values, "number": str(number)}
        if step.sql:
            return statement(step.sql, words, values)
        assert step.call, "a step that is loaded says what to do"
        given = {**defaults_of(step.call), **step.given}
        arguments = {name: _argument(value, words, values) for name, value in given.items()}
        shown = {name: _argument_shown(value, words, values) for name, value in given.items()}
        return statement(self.stage.calls.sql(step.call), words, arguments, shown)


def _argument(value: str | int, words: Words, values: Values) -> str | None:
    return plain(str(value), words, values)


def _argument_shown(value: str | int, words: Words, values: Mapping[str, str | None]) -> str:
    """A kept value goes by its name; anything else is shown as it is."""
    text = str(value)
    if text.startswith(":") and text[1:] in values and text != ":number":
        return text
    return text if text.isdecimal() else quoted(plain(text, words, values) or "")


def _done_early(expectation: Expectation, outcomes: Sequence[Outcome]) -> str:
    """What it was answered, though it had to wait."""
    return f"does not wait: {expectation.outcome_shown(outcomes)}" if outcomes else WAITS


def _done(step: Step, case: str, shown: str, expected: str, got: str = "") -> Done:
    """`got` is empty where it is what was expected."""
    return Done(
        case=case,
        says=step.says,
        session=f"{step.session} (x {step.crowd})" if step.crowd else step.session,
        statement=shown or step.event,
        expected=expected,
        got=got or expected,
        held=not got,
    )
