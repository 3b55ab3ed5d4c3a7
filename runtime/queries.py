"""SQL as SQL: reads a `.sql` file of named blocks; stores call `queries.block_name`.

A block starts with a line `-- name: block_name`; a comment right below it belongs to it.
"""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$", re.MULTILINE)


class Queries:
    """The named blocks of one file, as attributes."""

    def __init__(self, blocks: dict[str, str]) -> None:
        self._blocks = blocks
        self.__dict__.update(blocks)  # a block may be called `load`: it wins over the method

    @classmethod
    def load(cls, path: Path) -> Queries:
        """Read a file. Raises ValueError when a name occurs twice or the file has no block."""
        parts = _NAME.split(path.read_text(encoding="utf-8"))
        blocks: dict[str, str] = {}
        for name, text in zip(parts[1::2], parts[2::2], strict=True):
            if name in blocks:
                raise ValueError(f"{path.name}: query {name} is defined twice")
            blocks[name] = text.strip()
        if not blocks:
            raise ValueError(f"{path.name}: no '-- name:' block")
        return cls(blocks)

    def __getattr__(self, name: str) -> str:
        try:
            return self._blocks[name]
        except KeyError:
            raise AttributeError(f"no query named {name}") from None

    @property
    def names(self) -> frozenset[str]:
        """Names of all blocks."""
        return frozenset(self._blocks)
