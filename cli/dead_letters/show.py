"""Prints dead letters for people and for programs. Called by `command`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.dead_letters.wanted import Cause, Letter

SHOWN = 20
"""Letters of one cause that a list names."""


def causes_table(causes: Sequence[Cause], console: Console) -> None:
    """A line for each cause, the largest first."""
    table = Table("letters", "service", "desk", "reason", "last", "for example", box=None)
    for cause in causes:
        newest = cause.letters[-1]
        table.add_row(
            f"{len(cause.letters):,}",
            cause.service,
            cause.desk,
            escape(cause.reason),
            f"{newest.dead_at:%Y-%m-%d %H:%M:%S}",
            str(newest.id),
        )
        table.add_row("", "", "", f"[dim]{escape(cause.details[0][:120])}[/]", "", "")
    console.print(table)


def letters_table(letters: Sequence[Letter], console: Console) -> None:
    """A line for each letter, with what keeps it from coming back."""
    table = Table("letter", "state", "key", "place", "tries", "reason", box=None)
    for letter in letters[:SHOWN]:
        table.add_row(
            str(letter.id),
            letter.state,
            escape(letter.key),
            escape(letter.place),
            str(letter.tries),
            escape(letter.reason),
        )
    console.print(table)
    if len(letters) > SHOWN:
        console.print(f"… and {len(letters) - SHOWN:,} more: --json names all")


def letter_card(letter: Letter, console: Console) -> None:
    """Everything about one."""
    table = Table(show_header=False, box=None)
    for name, value in as_json(letter).items():
        if value is not None:
            table.add_row(name.replace("_", " "), escape(str(value)))
    console.print(table)


def as_json(letter: Letter) -> dict[str, Any]:
    """For programs; times in ISO form, ids as text."""
    plain = {
        name: value if value is None or isinstance(value, int) else str(value)
        for name, value in asdict(letter).items()
    }
    return plain | {"state": letter.state, "hindrance": letter.hindrance or None}


def states(letters: Iterable[Letter]) -> dict[str, int]:
    """How many are in which state."""
    return dict(Counter(letter.state for letter in letters))
