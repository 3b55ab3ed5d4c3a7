"""Reads YAML with the C library that comes with PyYAML, several times as fast as PyYAML itself.

What the two do not read alike, and whatever is wrong, is left to PyYAML: a file means the same and
its faults are told in the same words wherever this runs. Called by `policy`, `places` and services
that read YAML of their own.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any

import yaml
from yaml.events import CollectionEndEvent, CollectionStartEvent
from yaml.nodes import Node

DEEPEST = 100
"""Levels that C may compose: it would not notice the end of its stack."""
_ODD = re.compile("[^\n -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Tabs, line ends of other systems, marks, halves of characters."""
_QUOTED = re.compile(r'(?<=[\[{,:-])(\s*)"[^"\\\n]*"')
_UNLIKE = re.compile(
    # explicit keys, tags, directives, ends of documents, a comment behind a block's sign
    r"[?!%]|^(?:\.\.\.|---)|[|>][-+0-9 ]*#"
    # no value where one may stand within brackets
    r"|:\s*[\]},]",
    re.MULTILINE,
)
_QUICK = yaml.CSafeLoader if yaml.__with_libyaml__ else None
_WITHOUT_DATES = {
    first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_yaml(text: str) -> Any:
    """What a document says; None for an empty one.

    Raises yaml.YAMLError; ValueError for a date that does not exist; RecursionError where it is too
    deep.
    """
    return read_nodes(text)[1]


def read_nodes(text: str, *, dates: bool = True) -> tuple[Node | None, Any]:
    """The nodes of a document too, which know their lines. Without `dates` these stay text.

    Raises as `read_yaml` does.
    """
    if _QUICK is not None and _reads_alike(text, _QUICK):
        with suppress(yaml.YAMLError):  # PyYAML raises it below, with what stands around it
            return _read(_QUICK(text), dates)
    return _read(yaml.SafeLoader(text), dates)


def _reads_alike(text: str, quick: type[yaml.CSafeLoader]) -> bool:
    if _ODD.search(text) or _UNLIKE.search(_QUOTED.sub(r'\1""', text)):
        return False
    depth = 0
    try:
        for event in yaml.parse(text, Loader=quick):
            depth += isinstance(event, CollectionStartEvent)
            depth -= isinstance(event, CollectionEndEvent)
            if depth > DEEPEST:
                return False
    except (yaml.YAMLError, UnicodeError):
        return False
    return True


def _read(loader: yaml.SafeLoader | yaml.CSafeLoader, dates: bool) -> tuple[Node | None, Any]:
    try:
        if not dates:
            loader.yaml_implicit_resolvers = _WITHOUT_DATES
        root = loader.get_single_node()
        return root, None if root is None else loader.construct_document(root)
    finally:
        loader.dispose()
