"""Planted personal data, and patterns that find any of it in bytes. Read by `leaks`.

The load generator writes the list (simulator.driver.write_canaries).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

FILE = "canaries.jsonl"
END = -1
"""In the tree of words: one ends here."""
DIGITS = frozenset(b"0123456789")
NUMBER = frozenset(b"0123456789-")
"""What begins so begins everywhere in ids and times: such words are sought by their first byte."""
ASCII = bytes(range(128))
SMALL = b'abcdefghijklmnopqrstuvwxyz0123456789-_.,:"{}'
"""Most of a text that is ASCII."""
ENOUGH = 3
"""Bytes that must be left of a word, so that others are seldom taken for it."""
Tree = dict[int, Any]
Pattern = re.Pattern[bytes]


class Sieve:
    """Words that are first sought in what a text is without certain bytes: far less, and only
    where one may be in there the whole text is looked at."""

    def __init__(self, words: Sequence[bytes], dropped: bytes) -> None:
        self._dropped = dropped
        self._hint = _any_of(word.translate(None, dropped) for word in words)
        self._whole = _any_of(words)

    def hits(self, text: bytes) -> Iterator[re.Match[bytes]]:
        """The longest of the words at each place."""
        if self._hint.search(text.translate(None, self._dropped)):
            yield from self._whole.finditer(text)


class Canaries:
    """Words that must be found nowhere, with what kind of data each is."""

    def __init__(self, planted: Iterable[tuple[str, str]]) -> None:
        """`planted`: kind and value of each. Raises ValueError when there are none."""
        self._sought: dict[bytes, dict[bytes, str]] = {}
        """Kinds of words by what they end with, and by the digits that they begin with."""
        for kind, value in planted:
            for word in _written(value):
                end = word.lstrip(b"0123456789") or word
                self._sought.setdefault(end, {})[word.removesuffix(end)] = kind
        if not self._sought:
            raise ValueError("a list of planted persons without any")
        groups: dict[bytes, list[bytes]] = {}
        for end in self._sought:
            groups.setdefault(_dropped_for(end), []).append(end)
        firsts: dict[int, list[bytes]] = {}
        for end in groups.pop(b"", ()):
            firsts.setdefault(end[0] if end[0] in NUMBER else END, []).append(end)
        self._plain = [_any_of(words) for words in firsts.values()]
        self._sieves = [Sieve(words, dropped) for dropped, words in groups.items()]

    @classmethod
    def read(cls, path: Path) -> Canaries:
        """Those of a file. Raises OSError, ValueError for a damaged one."""
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return cls((str(row["kind"]), str(row["value"])) for row in rows)

    def found(self, text: bytes) -> Iterator[tuple[str, int]]:
        """Kind and place of each that is there. A number within a longer one is none."""
        for pattern in self._plain:
            for hit in pattern.finditer(text):
                yield from self._words(hit, text)
        for sieve in self._sieves:
            for hit in sieve.hits(text):
                yield from self._words(hit, text)

    def _words(self, hit: re.Match[bytes], text: bytes) -> Iterator[tuple[str, int]]:
        """Those that begin or end within a hit."""
        there = hit.group()
        for size in range(1, len(there) + 1):
            for begin, kind in self._sought.get(there[:size], {}).items():
                start, end = hit.start() - len(begin), hit.start() + size
                if start >= 0 and text[start : hit.start()] == begin and _alone(text, start, end):
                    yield kind, start


def _alone(text: bytes, start: int, end: int) -> bool:
    before = start > 0 and text[start] in DIGITS and text[start - 1] in DIGITS
    return not before and not (end < len(text) and text[end - 1] in DIGITS and text[end] in DIGITS)


def _written(value: str) -> Iterator[bytes]:
    """A value as it may stand in a text: as it is, or as JSON of ASCII alone."""
    if value.strip():
        yield value.encode()
    if not value.isascii():
        yield json.dumps(value)[1:-1].encode()


def _dropped_for(word: bytes) -> bytes:
    """The bytes without which a text is sieved for a word; none: it is sought in the whole text."""
    if not word.isascii():
        return ASCII
    return SMALL if len(word.translate(None, SMALL)) >= ENOUGH else b""


def _any_of(words: Iterable[bytes]) -> Pattern:
    return re.compile(_alternatives(_tree(words)))


def _tree(words: Iterable[bytes]) -> Tree:
    """All words by their bytes: what they begin with in common is there once."""
    tree: Tree = {}
    for word in words:
        branch = tree
        for byte in word:
            branch = branch.setdefault(byte, {})
        branch[END] = {}
    return tree


def _alternatives(tree: Tree) -> bytes:
    """A pattern for the longest of the words. So written, hundreds cost little more than one: at
    most places the first byte rules all of them out, and none begins with digits but numbers."""
    found = []
    for first, below in tree.items():
        run = bytearray((first,))
        while len(below) == 1 and END not in below:
            ((byte, below),) = below.items()
            run.append(byte)
        more = {byte: rest for byte, rest in below.items() if byte != END}
        rest = b"(?:" + _alternatives(more) + b")" if more else b""
        found.append(re.escape(bytes(run)) + rest + (b"?" if rest and END in below else b""))
    return b"|".join(found)
