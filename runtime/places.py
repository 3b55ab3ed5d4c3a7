"""Reads YAML with the line of everything in it, so that a fault in a policy can be told with file
and line. Used by services that read policies of several files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from runtime.yaml_text import read_nodes

Place = tuple[str, ...]
"""Keys from the top; the number of an item of a list stands there as text."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A document: its content, its lines by place, and keys that stand twice in one mapping, of
    which YAML keeps the last without a word."""

    content: Any
    lines: dict[Place, int]
    doubled: tuple[tuple[Place, int], ...]

    def line(self, place: Place) -> int | None:
        """The line of a place, or of the nearest thing around it; None if nothing is there."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return None


def placed(text: str) -> Placed:
    """Raises yaml.YAMLError. Dates stay text: one that does not exist can then be told by its
    place."""
    root, content = read_nodes(text, dates=False)
    lines: dict[Place, int] = {}
    doubled: list[tuple[Place, int]] = []
    if root is not None:
        _walk((), root, lines, doubled)
    return Placed(content, lines, tuple(doubled))


def _walk(
    place: Place, node: Node, lines: dict[Place, int], doubled: list[tuple[Place, int]]
) -> None:
    if isinstance(node, MappingNode):
        seen = set()
        for key, value in node.value:
            here, line = (*place, str(key.value)), key.start_mark.line + 1
            if here in seen:
                doubled.append((here, line))
            seen.add(here)
            lines[here] = line
            _walk(here, value, lines, doubled)
    elif isinstance(node, SequenceNode):
        for number, value in enumerate(node.value):
            lines[*place, str(number)] = value.start_mark.line + 1
            _walk((*place, str(number)), value, lines, doubled)
