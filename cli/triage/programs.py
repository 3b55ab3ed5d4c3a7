"""Starts triage's own programs as processes: commands import no service. Called by `command`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from devstack.settings import ROOT, inherited_environment

CLASSIFY = "services.triage.classify"
WORKBENCH = "services.triage.workbench"
NOT_DONE = 2
STANDARD = "-"


def run(program: str, *words: str) -> int:
    """Run one that writes for people or files itself; its exit code, negative after a signal."""
    return subprocess.run(
        [sys.executable, "-m", program, *words], cwd=ROOT, env=inherited_environment(), check=False
    ).returncode


def asked(
    program: str, *words: str, lines: Iterable[bytes] | None = None
) -> tuple[dict[str, Any], int]:
    """The document that a tool of the workbench gives, and its exit code; `lines` are given to it
    one by one. A document with `error` and code 2 where it was not done. Where `lines` fail it is
    ended: of half of them it would tell as of all."""
    started = subprocess.Popen(
        [sys.executable, "-m", f"{WORKBENCH}.{program}", *words],
        cwd=ROOT,
        env=inherited_environment(),
        stdin=None if lines is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with started:
        if lines is not None and started.stdin is not None:
            try:
                _give(lines, started.stdin)
            except BaseException:
                started.kill()
                raise
            finally:
                with suppress(BrokenPipeError):
                    started.stdin.close()
        text = started.stdout.read() if started.stdout else b""
    try:
        answer: dict[str, Any] = json.loads(text)
    except ValueError:
        return {"error": f"the program ended with {started.returncode}"}, NOT_DONE
    return answer, started.returncode


def _give(lines: Iterable[bytes], to: IO[bytes]) -> None:
    for line in lines:
        try:
            to.write(line.replace(b"\n", b" ") + b"\n")
        except BrokenPipeError:  # it ended early, and says why
            return


def absolute(name: str | Path) -> str:
    """The program runs in another folder than the caller."""
    return name if name == STANDARD else str(Path(name).resolve())
