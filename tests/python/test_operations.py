"""What a relayer says of a lost lease, and which signals it gives: by whatever way it does so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from outbox_guard.checking import check_sources
from outbox_guard.names import Names
from tests.support.examples import RULES, judgement

COMPLETE = "services/relayer/complete.py"
WORKER = "services/relay/worker.py"
HEAD = """import logging
from libs.db import LeaseLost, db
log = logging.getLogger(__name__)
"""
TRIED = """def finish(o):
    try:
        db.call("complete_outbox_attempt", o)
"""


def marked(path: str, code: str, files: dict[str, str]) -> tuple[list[int], list[int]]:
    """The lines with `# <--`, and those in which something is found."""
    expected = [n for n, line in enumerate(code.splitlines(), 1) if "# <--" in line]
    report = check_sources({path: code, **files}, judgement(*RULES))
    return expected, sorted(finding.place.line for finding in report)


LOUD = {
    "a helper": """\
    except LeaseLost as e:
        report(e)  # <--
def report(e):
    log.error(e)
""",
    "a helper that knows what to do": """\
    except LeaseLost as e:
        report(e)
def report(e):
    if e.sqlstate == 'P7002':
        log.info(e)
    else:
        log.error(e)
""",
    "a helper that is told": """\
    except LeaseLost as e:
        report(e, False)
def report(e, loud):
    if loud:
        log.error(e)
    log.info(e)
""",
    "a helper that leaves": """\
    except LeaseLost as e:
        report(e)
def report(e):
    if e.known:
        return
    log.error(e)
""",
    "a helper for something else": """\
    except OSError as e:
        report(e)
def report(e):
    log.error(e)
""",
    "a logger with words of its own": """\
    except LeaseLost:
        log.bind(o=o).error('lost')  # <--
""",
    "a logger that is asked for": """\
    except LeaseLost:
        logging.getLogger('a').error(o)  # <--
""",
    "loggers by other names": """\
    except LeaseLost as e:
        events.error('lost')  # <--
        reports.error('lost')  # <--
        out.error('lost')  # <--
        o.error('lost')
events = structlog.get_logger().bind(part="relay")
from loguru import logger as reports
out: logging.Logger = make()
""",
    "a level by its number": """\
    except LeaseLost:
        log.log(40, 'lost')  # <--
        log.log(20, 'lost')
""",
    "a level by its name": """\
    except LeaseLost:
        log.log("ERROR", 'lost')  # <--
        log.log("INFO", 'lost')
""",
    "a level in a variable": """\
    except LeaseLost:
        level = logging.ERROR
        log.log(level, 'lost')  # <--
""",
    "a level by a condition": """\
    except db.Error as e:
        lost = e.sqlstate == 'P7002'
        log.log(logging.ERROR if lost else logging.INFO, e)  # <--
        log.log(logging.INFO if lost else logging.ERROR, e)
""",
    "a method by its name": """\
    except LeaseLost:
        getattr(log, 'error')('lost')  # <--
        getattr(log, 'info')('lost')
""",
    "a method under another name": """\
    except LeaseLost:
        loud('lost')  # <--
loud = log.error
""",
    "a message to a collector of errors": """\
    except LeaseLost:
        sentry_sdk.capture_message('lost', 'fatal')  # <--
        sentry_sdk.capture_message('lost', level='error')  # <--
        sentry_sdk.capture_message('lost')
""",
    "a collector of errors": """\
    except LeaseLost as e:
        sentry_sdk.capture_exception(e)  # <--
""",
    "a subclass": """\
    except Gone:
        log.error('lost')  # <--
class Gone(LeaseLost): ...
""",
    "a constant of classes": """\
    except PASSING:
        log.error('lost')  # <--
PASSING = (LeaseLost, TimeoutError)
""",
    "a constant of states": """\
    except db.Error as e:
        if e.sqlstate in PASSING:
            log.error('lost')  # <--
            return
        log.error('bad')
PASSING = frozenset({'P7002'})
""",
    "what a case asks besides": """\
    except db.Error as e:
        match e.sqlstate:
            case "23505" if "terminal" in e.diag.constraint_name:
                log.critical('twice')  # <--
            case state if state != 'P7002':
                log.error('bad')
            case state if state == 'P7002':
                log.error('lost')  # <--
""",
    "a function that asks": """\
    except db.Error as e:
        if not is_lost(e):
            log.error('bad')
            raise
        log.error('lost')  # <--
def is_lost(e):
    return e.sqlstate == 'P7002'
""",
    "a name for the answer": """\
    except db.Error as e:
        other = e.sqlstate != 'P7002'
        if other:
            log.error('bad')
        else:
            log.error('lost')  # <--
""",
    "a conditional expression": """\
    except db.Error as e:
        lost = e.sqlstate == 'P7002'
        (log.error if lost else log.info)('x')  # <--
        (log.info if lost else log.error)('x')
        log.error('x') if lost else log.info('x')  # <--
""",
    "a pattern": """\
    except db.Error as e:
        match e:
            case db.Error(sqlstate='P7002'):
                log.error('lost')  # <--
            case LeaseLost():
                log.error('lost')  # <--
            case _:
                log.error('bad')
""",
    "a table that is looked into": """\
    except db.Error as e:
        reason = CODES.get(e.sqlstate)
        if reason is None:
            log.error('bad')
        log.info(reason)
CODES = {'P7002': 'lost'}
""",
    "another failure": """\
    except LeaseLost:
        try:
            o.close()
        except OSError:
            log.error('cannot close')
""",
    "a name that is given by a caller": """\
    except db.Error as e:
        check(e, False)
lost = LeaseLost
def check(e, lost):
    if lost:
        log.error(e)
""",
    "names that stand for themselves": """\
    except db.Error as e:
        warn = traced(warn) if debug else warn
        lost = lost
        if lost:
            warn(e)
        log.error('P7002')
""",
}


@pytest.mark.parametrize("code", LOUD.values(), ids=list(LOUD))
def test_a_lost_lease_that_is_logged_as_an_error_is_found(code: str) -> None:
    expected, found = marked(COMPLETE, HEAD + TRIED + code, {})
    assert found == expected


def test_a_lost_lease_is_known_by_the_sqlstate_that_the_project_says() -> None:
    code = """import logging
def finish(call):
    try:
        call()
    except Exception as e:
        if e.sqlstate == 'MA002':
            logging.error(e)
"""
    for sqlstate, lines in (("MA002", [7]), ("P7002", [])):
        asked = replace(judgement(*RULES), names=Names(lease_lost=sqlstate))
        found = check_sources({COMPLETE: code}, asked)
        assert [finding.place.line for finding in found] == lines


def test_a_helper_of_another_file_is_followed() -> None:
    head = f"{HEAD}from services.alerts import page as call\n"
    code = f"{head}{TRIED}    except LeaseLost:\n        call(o)\n"
    loud = {"services/alerts.py": "import logging\ndef page(e):\n    logging.critical(e)\n"}
    assert marked(COMPLETE, code, loud)[1] == [9]
    assert marked(COMPLETE, code, {"services/alerts.py": "def page(e):\n    print(e)\n"})[1] == []


def test_a_relayer_that_calls_by_a_constant_is_one() -> None:
    code = """COMPLETE = "complete_outbox_attempt"
class PaymentRelayer:  # <--
    def finish(self, cursor, o):
        cursor.callproc(COMPLETE, o)
"""
    expected, found = marked(WORKER, code, {})
    assert found == expected


SIGNALS = {
    "none": ("pass", False),
    "its name": ("metrics.inc('lease_lost_count')", True),
    "the name of a counter": ("meter.create_counter('outbox.leases.lost').add(1)", True),
    "the words the other way round": ("statsd.incr('lost-leases')", True),
    "a member": ("emit(Signal.LEASE_LOST)", True),
    "an error that is caught": (
        """try: pass
        except LeaseLost: pass
        if isinstance(o, (LeaseLost, Stale)): raise LeaseLost(o)""",
        False,
    ),
    "prose": ("log.info('lease lost, of %s', o)", False),
    "a remark": ("pass  # lease_lost_count is for later", False),
    "a docstring": ('"""Some day: lease_lost_count."""', False),
    "a function of the database": ("db.call('repair_expired_leases')", False),
    "a column": ("db.call('select_by', 'lease_expires_at')", False),
}


@pytest.mark.parametrize(("line", "given"), SIGNALS.values(), ids=list(SIGNALS))
def test_a_relayer_gives_a_signal_in_its_code(line: str, given: bool) -> None:
    code = f"""from libs.db import db
class PaymentRelayer:{"" if given else "  # <--"}
    def finish(self, o):
        db.call("complete_outbox_attempt", o)
        {line}
"""
    expected, found = marked(WORKER, code, {})
    assert found == expected
