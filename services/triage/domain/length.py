"""What is read of a very long text, and of one that says the same thing many times.

Called by `text` and `reader`; costs next to nothing where a text is neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BEFORE, BEHIND, MOST_PLACES = 40, 60, 12
"""Characters read around a danger in the part that is left out, and how many such places."""
_BLANKS, _LINES = re.compile(r"[^\S\n]{2,}"), re.compile(r"[^\S\n]*\n\s*")
_SENTENCE = re.compile(r"[^,.。!?;\n]*[,.。!?;\n]+|[^,.。!?;\n]+")
_AGAIN = re.compile(r"(.{2,12}?)\1{2,}")
VARIED, MONOTONOUS = 2, 6
"""A text of so many times as many characters as different ones may repeat itself; it does."""


class Shortening:
    """A policy's limit, and its plain words of danger: they are looked for in all of a text."""

    def __init__(self, most: int, dangers: Iterable[str]) -> None:
        self._most = most
        self._dangers = tuple(word for word in dangers if not set(word) & set("|~#*"))

    def of(self, text: str) -> str:
        """Beginning and end of a text that is too long, and what stands around dangers in
        between. Blanks in a row count as one."""
        if len(text) <= self._most:
            return text
        text = _LINES.sub("\n", _BLANKS.sub(" ", text))
        if len(text) <= self._most:
            return text
        end = self._most // 4
        begin = self._most - end
        around = self._around(text[begin:-end])
        return "\n".join([text[:begin], *around, text[-end:]])

    def _around(self, middle: str) -> list[str]:
        low = middle.lower()
        places = sorted({low.find(word) for word in self._dangers} - {-1})
        return [middle[max(0, place - BEFORE) : place + BEHIND] for place in places[:MOST_PLACES]]


def unrepeated(text: str) -> str:
    """A text in lower case without sentences, or pieces in a row, that it had said before."""
    different = len({*text})
    if VARIED * different >= len(text):
        return text
    said: dict[str, str] = {}
    for sentence in _SENTENCE.findall(text):
        said.setdefault(sentence.strip(), sentence)
    text = "".join(said.values())
    if MONOTONOUS * different < len(text):
        text = _AGAIN.sub(r"\1", text)
    return text
