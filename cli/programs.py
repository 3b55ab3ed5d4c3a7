"""Starts services' programs that answer with one JSON document: commands import no service. Used by
the commands around them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from devstack.settings import ROOT, inherited_environment

NOT_DONE = 2
STANDARD = "-"


def asked(
    module: str, *words: str, lines: Iterable[bytes] | None = None
) -> tuple[dict[str, Any], int]:
    """The document that a program gives, and its exit code; `lines` are given to it one by one. A
    document with `error` and code 2 where it was not done. Where `lines` fail it is ended: of half
    of them it would tell as of all."""
    started = subprocess.Popen(
        [sys.executable, "-m", module, *words],
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
