"""On a cluster the same is found as here."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import environment, outbox_guard

CLUSTER = """
import sys
from distributed import LocalCluster
with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of the scheduler of a cluster of two workers."""
    with subprocess.Popen(
        (sys.executable, "-c", CLUSTER),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as cluster:
        assert cluster.stdout is not None
        yield cluster.stdout.readline().strip()
        cluster.communicate("")


@pytest.mark.slow
def test_a_cluster_finds_what_is_found_here(address: str, tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"a{number}.py").write_text(f"import psycopg\n\nTABLE = {number}\n")
    (tmp_path / "names.py").write_text('TABLE = "payment_outbox_pending"\n')
    (tmp_path / "use.py").write_text(
        'from names import TABLE\n\n\ndef f(cursor):\n    cursor.execute("DELETE FROM " + TABLE)\n'
    )
    (tmp_path / "broken.py").write_text("import psycopg\ndef (:\n")
    check = ("check", "--format", "json", ".")
    here = outbox_guard(*check, cwd=tmp_path)
    there = outbox_guard(*check, "--executor", f"dask={address}", cwd=tmp_path)
    assert here.returncode == 1
    assert (there.returncode, there.stdout) == (here.returncode, here.stdout), there.stderr


@pytest.mark.parametrize("named", ["", "dask", "dask=", "ray=tcp://here:1", "tcp://here:1"])
def test_what_is_no_executor_is_told_also_where_there_is_nothing_to_read(
    tmp_path: Path, named: str
) -> None:
    done = outbox_guard("check", "--executor", named, ".", cwd=tmp_path)
    assert done.returncode == 2
    assert "--executor" in done.stderr
    assert "dask=tcp://" in done.stderr
