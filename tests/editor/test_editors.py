"""Real editors show what the language server says, set up as docs/editors.md tells."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.support.command_line import COMMAND, PATIENCE, environment
from tests.support.paths import REPOSITORY

EXTENSION = REPOSITORY / "editors" / "vscode"
DELETE = 'def f(cur):\n    cur.execute("DELETE FROM payment_outbox_pending")\n'
SERVER = (*COMMAND, "lsp")

pytestmark = pytest.mark.slow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "outbox-guard.toml").write_text("", "utf-8")
    (tmp_path / "a.py").write_text(DELETE, "utf-8")
    return tmp_path / "a.py"


def ran(command: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
    settings: Mapping[str, str] = {**environment(), **variables}
    return subprocess.run(
        command,
        cwd=EXTENSION,
        env=settings,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


NEOVIM = """
vim.lsp.start_client({{
  name = 'outbox-guard', cmd = {command}, root_dir = '{root}',
  on_attach = function(client, buffer) end,
  handlers = {{
    ['textDocument/publishDiagnostics'] = function(_, result)
      for _, found in ipairs(result.diagnostics) do
        io.stdout:write(vim.json.encode({{ found.code, found.range.start.line }}) .. '\\n')
      end
      vim.cmd('qa!')
    end,
  }},
}})
vim.cmd('edit {file}')
vim.lsp.buf_attach_client(0, 1)
"""


@pytest.mark.skipif(shutil.which("nvim") is None, reason="needs Neovim")
def test_neovim_shows_it(file: Path) -> None:
    command = "{" + ", ".join(f"'{word}'" for word in SERVER) + "}"
    script = file.parent / "init.lua"
    script.write_text(NEOVIM.format(command=command, root=file.parent, file=file), "utf-8")
    done = ran(("nvim", "--headless", "--clean", "-c", f"luafile {script}"))
    assert json.loads(done.stdout.splitlines()[0]) == ["OBG103", 1], done.stderr


EMACS = """
(package-initialize)
(require 'eglot)
(setq eglot-sync-connect t)
(add-to-list 'eglot-server-programs '((python-mode sql-mode) . ({command})))
(find-file "{file}")
(apply #'eglot (eglot--guess-contact))
(while (null (flymake-diagnostics)) (accept-process-output nil 0.1))
(dolist (found (flymake-diagnostics))
  (princ (format "%s: %s" (line-number-at-pos (flymake-diagnostic-beg found))
                 (flymake-diagnostic-text found))))
"""
HAS_EGLOT = "(progn (package-initialize) (require 'eglot))"


def test_emacs_shows_it(file: Path) -> None:
    if shutil.which("emacs") is None or ran(("emacs", "--batch", "--eval", HAS_EGLOT)).returncode:
        pytest.skip("needs Emacs with eglot")
    script = file.parent / "init.el"
    command = " ".join(f'"{word}"' for word in SERVER)
    script.write_text(EMACS.format(command=command, file=file), "utf-8")
    done = ran(("emacs", "--batch", "--no-init-file", "--load", str(script)))
    assert done.stdout.startswith("2: outbox-guard [OBG103]: delete on"), done.stderr


def test_vs_code_shows_it() -> None:
    if shutil.which("node") is None or not (EXTENSION / "dist").exists():
        pytest.skip("needs Node, and `npm ci && npm run build` in editors/vscode")
    done = ran(
        ("node", "--test", "test/extension.test.js"), OUTBOX_GUARD_COMMAND=json.dumps(SERVER)
    )
    assert done.returncode == 0, done.stdout + done.stderr
