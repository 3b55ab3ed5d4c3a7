"""Where in a YAML file a value stands: its path to its line. Used by `lint`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from runtime.yaml_text import read_nodes

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """Lines by path, from 1; and keys that stand twice in one mapping, of which YAML keeps the last
    without a word."""

    lines: dict[Path, int]
    doubled: tuple[tuple[Path, int], ...]

    def line(self, path: Path) -> int | None:
        """The line of a path, or of the nearest thing around it that is in the file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None


def places_of(text: str) -> tuple[Places, Any]:
    """The content too. Raises what `read_yaml` does."""
    root, content = read_nodes(text)
    lines: dict[Path, int] = {}
    doubled: list[tuple[Path, int]] = []
    for path, node in _nodes((), root) if root else ():
        if path in lines:
            doubled.append((path, node.start_mark.line + 1))
        lines[path] = node.start_mark.line + 1
    # What lies within a doubled key would all be told again.
    outer = {path for path, _ in doubled}
    told = [(p, line) for p, line in doubled if not any(p[:n] in outer for n in range(1, len(p)))]
    return Places(lines, tuple(told)), content


def _nodes(path: Path, node: Node) -> Iterator[tuple[Path, Node]]:
    yield path, node
    if isinstance(node, MappingNode):
        for key, value in node.value:
            yield from _nodes((*path, str(key.value)), value)
    elif isinstance(node, SequenceNode):
        for place, value in enumerate(node.value):
            yield from _nodes((*path, place), value)
