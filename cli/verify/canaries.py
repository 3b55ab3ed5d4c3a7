"""Planted personal data, and one pattern that finds any of it in bytes. Read by `leaks`.

The load generator writes the list (simulator.driver.write_canaries).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from mmap import mmap
from pathlib import Path
from typing import Any

FILE = "canaries.jsonl"
END = -1
"""In the tree of words: one ends here."""
DIGITS = frozenset(b"0123456789")
Tree = dict[int, Any]


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
        self._any: re.Pattern[bytes] = re.compile(_alternatives(_tree(self._sought)))

    @classmethod
    def read(cls, path: Path) -> Canaries:
        """Those of a file. Raises OSError, ValueError for a damaged one."""
        with path.open(encoding="utf-8") as file:
            rows = [json.loads(line) for line in file]
        return cls((str(row["kind"]), str(row["value"])) for row in rows)

    def found(self, text: bytes | mmap) -> Iterator[tuple[str, int]]:
        """Kind and place of each that is there. A number within a longer one is none."""
        for hit in self._any.finditer(text):
            there = hit.group()
            for size in range(1, len(there) + 1):
                for begin, kind in self._sought.get(there[:size], {}).items():
                    start, end = hit.start() - len(begin), hit.start() + size
                    if (
                        start >= 0
                        and text[start : hit.start()] == begin
                        and _alone(text, start, end)
                    ):
                        yield kind, start


def _alone(text: bytes | mmap, start: int, end: int) -> bool:
    before = start > 0 and text[start] in DIGITS and text[start - 1] in DIGITS
    return not before and not (end < len(text) and text[end - 1] in DIGITS and text[end] in DIGITS)


def _written(value: str) -> Iterator[bytes]:
    """A value as it may stand in a text: as it is, or as JSON of ASCII alone."""
    if value.strip():
        yield value.encode()
    if not value.isascii():
        yield json.dumps(value)[1:-1].encode()


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
