"""Files to facts on an executor of somebody else's, such as a cluster's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from contextlib import contextmanager

from outbox_guard.errors import UsageError
from outbox_guard.reading.worker import Answer, Lost, Outcome, Read, outcome

DASK = "dask"


def named_executor(named: str) -> str:
    """What `--executor` says, where it says an executor; UsageError else."""
    engine, _, address = named.partition("=")
    if engine != DASK or not address:
        told = named or "''"
        raise UsageError(f"--executor {told}: say dask=tcp://HOST:PORT, the scheduler's address")
    return named


@contextmanager
def executor_of(named: str) -> Iterator[Executor]:
    """The executor that is named on the command line: "dask=tcp://scheduler:8786"."""
    address = named_executor(named).partition("=")[2]
    try:
        from distributed import Client
    except ImportError as error:
        told = f"--executor {named} needs Dask: pip install 'outbox-guard[dask]'"
        raise UsageError(told) from error
    try:
        client = Client(address)  # type: ignore[no-untyped-call]  # it has hints in part
    except (OSError, ValueError) as error:
        raise UsageError(f"--executor {named}: nobody answers there: {error}") from error
    with client:
        yield client.get_executor()  # type: ignore[no-untyped-call]  # as above


def read_on(
    executor: Executor, paths: Sequence[str], read: Read
) -> Iterator[tuple[str, Answer | Lost | str]]:
    """What `read` gives for each path, in the order they are done; of a bug, its traceback.

    The workers see the project's files under the same path as we do. Nobody ends a file there
    that takes too long: the cluster has rules of its own for that.
    """
    tasks = {executor.submit(outcome, read, path): path for path in paths}
    for task in as_completed(tasks):
        told: Outcome = task.result()
        yield tasks[task], told
