"""Both readers of YAML: the quick one is asked only for what it reads as the other does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from yaml.nodes import CollectionNode, Node

import runtime.yaml_text
from runtime.yaml_text import DEEPEST, read_nodes, read_yaml

POLICIES = Path(__file__).resolve().parents[3] / "policies" / "default"
SHIPPED = [path.read_text(encoding="utf-8") for path in sorted(POLICIES.glob("*.yaml"))]


def seen(node: Any) -> Iterator[tuple[str, int, str]]:
    """Every node with its line, in the order of the file."""
    if isinstance(node, Node):
        yield node.tag, node.start_mark.line, "" if isinstance(node, CollectionNode) else node.value
        node = node.value
    for part in node if isinstance(node, list | tuple) else ():
        yield from seen(part)


def outcome(text: str) -> object:
    """What it says and where, or how it is refused."""
    try:
        root, content = read_nodes(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return type(error), str(error)
    return [*seen(root)], content


@pytest.mark.parametrize(
    "text",
    [
        *SHIPPED,
        "",
        "# nothing",
        "a: 2026-02-03\nb: [1, 0o7, 1_000, ~, yes, 1e3, 12:30]\n",
        "a: >-\n  one\n  two\nb: |\n  three\n",
        "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}\n",
        "a: 1\na: 2\n",
        "a: [1, 2",
        "a: 'x\nb: 1\n",
        "a: 2026-02-30\n",
        "a: *nowhere\n",
        "a: !other b\n",
        "? [a]\n: b\n",
        "%YAML 1.1\n---\na: 1\n",
        "a: 1\n---\nb: 2\n",
        "a:\t1\n",
        'a: ["x\ty", \t1]\n',
        "a: 1\r\nb: 2\r\n",
        "\ufeffa: 1\n",
        "a: [x? y]\n",
        'a: "\\ud800"\n',
        "a: \ud800\n",
        "a: \x07\n",
        "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1),
        "[" * 20_000,
    ],
)
def test_both_read_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told = outcome(text)
    monkeypatch.setattr(runtime.yaml_text, "_QUICK", None)
    assert told == outcome(text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML has no C library here")
@pytest.mark.parametrize("text", SHIPPED)
def test_what_is_shipped_is_read_quickly(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "SafeLoader", None)
    assert read_yaml(text)
