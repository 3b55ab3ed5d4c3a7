"""What a run of the simulator is made of. Filled in by `aftercare demo` and tests."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from schemas.values import Language

LONGEST_TEXT = 20_000


class TextsError(ValueError):
    """The file of customers' texts can't be used; the message names the line."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a customer wrote, from a file."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Plan:
    """The same plan makes the same world, event for event.

    `begin_at` is business time: the live stream and the complaints fill `span_s` from there.
    `tickets` is the number of tickets opened; repeats that join one come on top.
    """

    begin_at: datetime
    shops: tuple[str, ...]
    seed: int = 1
    orders: int = 20_000
    tickets: int = 2_000
    span_s: int = 3_600
    texts: tuple[Text, ...] = ()

    def __post_init__(self) -> None:
        if self.orders < 100 or self.tickets < 1 or not self.shops:
            raise ValueError("a plan needs a shop, at least 100 orders and a ticket")
        if self.tickets * 3 > self.orders:
            raise ValueError("a plan needs at least three orders for each ticket")

    @property
    def end_at(self) -> datetime:
        """When the stream and the agents' shift end."""
        return self.begin_at + timedelta(seconds=self.span_s)


def read_texts(path: Path) -> tuple[Text, ...]:
    """Texts of a file with one JSON object a line; its `text` counts, and `lang` if given.

    Raises TextsError, also when there is none.
    """
    found = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TextsError(f"{path}: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            text = entry["text"] if isinstance(entry, dict) else None
        except (ValueError, KeyError) as error:
            raise TextsError(f"{path}, line {number}: a JSON object with text is needed") from error
        if not isinstance(text, str) or not text.strip():
            raise TextsError(f"{path}, line {number}: text must be a text that is not empty")
        clean = text.replace("\x00", "").strip()[:LONGEST_TEXT]
        found.append(Text(clean, _language(clean, entry.get("lang"))))
    if not found:
        raise TextsError(f"{path} holds no text")
    return tuple(found)


def _language(text: str, told: object) -> Language:
    if told == "zh" or told == "en":
        return "zh" if told == "zh" else "en"
    letters = sum(char.isascii() and char.isalpha() for char in text)
    return "en" if letters * 2 > len(text) else "zh"
