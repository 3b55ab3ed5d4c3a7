"""Reads YAML with the line of everything in it, so that a fault in a policy can be told with file
and line. Used by services that read policies of several files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

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


class _TextDates(yaml.SafeLoader):
    """Leaves dates as they are written: one that does not exist can then be told by its place."""


_TextDates.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def placed(text: str) -> Placed:
    """Raises yaml.YAMLError. Dates stay text."""
    loader = _TextDates(text)
    try:
        root = loader.get_single_node()
        lines: dict[Place, int] = {}
        doubled: list[tuple[Place, int]] = []
        if root is not None:
            _walk((), root, lines, doubled)
        content = loader.construct_document(root) if root is not None else None
    finally:
        loader.dispose()
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
