"""What can go wrong with the stack, with the next step for the user. Raised everywhere here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Progress = Callable[[str, str], None]
"""Told (part, what it does now) while something takes its time."""


class StackError(Exception):
    """What is wrong, in the user's words; `advice` says what to do next."""

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice


def silent(part: str, doing: str) -> None:
    """The progress of somebody who does not look."""


def tail(path: Path, lines: int = 8) -> str:
    """The last lines of a log, or a word that there is none."""
    if not path.exists():
        return "(no log)"
    kept = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(kept) or "(empty log)"
