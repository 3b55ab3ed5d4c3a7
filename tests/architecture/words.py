"""Rules on text: no machine, no outside host, nothing left open, the project speaks of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.tree import Finding, Rule, Tree

MACHINE = re.compile(r"(?<![\w.-])/(?:work|root|farm|home|Users)/|/opt/(?:wheels)")
ADDRESS = re.compile(r"\b(?:https?|wss?|ftp)://(?:[^\s/@\"'`]+@)?(\[[^\]]*\]|[^\s/:\"'`<>()\\]+)")
BARE_HOST = re.compile(r"(?<![\w.@/-])(?:[a-z0-9-]+\.)+(?:com|cn|io)(?![\w.-])")
INSIDE = re.compile(
    r"^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1\]|\[::\]|[a-z0-9-]+"  # this machine, a container
    r"|([\w-]+\.)*(example(\.(com|org|net|cn))?|test|invalid|local|internal)"  # nobody's
    r"|.*[{}$%*].*|\.+)$",  # filled in later
    re.IGNORECASE,
)
VOCABULARIES = re.compile(
    r"^([\w-]+\.)*(json-schema\.org|w3\.org|opentelemetry\.io|kubernetes\.io|k8s\.io|prometheus\.io)$"
)
"""Names in formats that look like addresses; nobody calls them."""
HOSTILE = {"tests"}
"""Tests of refused addresses need addresses; they are never called there."""

# In halves, so that this file keeps its own rule.
_OPEN = (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"), ("raise NotImplemented", "Error"))
_FOREIGN = (
    ("cla", "ude"), ("anth", "ropic"), ("chat", "gpt"), ("open", "ai"), ("co", "pilot"),
    ("ll", "m"), ("language ", "model"), ("ai-", "generated"), ("as an ", "ai"), ("C", "EO"),
)  # fmt: skip
OPEN = re.compile(r"\b(" + "|".join(a + b for a, b in _OPEN) + r")\b")
FOREIGN = re.compile(r"\b(" + "|".join(a + b for a, b in _FOREIGN) + r")\b", re.IGNORECASE)
TICKET_OF_OURS = re.compile(r"\bissues?\s+#?\d+|\(#\d+\)", re.IGNORECASE)


def _lines(tree: Tree) -> Iterator[tuple[str, int, str]]:
    for name in tree.files:
        if name == "requirements.lock":
            continue
        try:
            text = tree.text(name)
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            yield name, number, line


def machine_paths(tree: Tree) -> Iterator[Finding]:
    """No path of one person's or one machine's disk."""
    for name, number, line in _lines(tree):
        found = MACHINE.search(line)
        if found:
            text = f"{found[0]} exists on one machine only"
            yield Finding(name, number, "machine-paths", text)


def outside_hosts(tree: Tree) -> Iterator[Finding]:
    """No address of a host beyond this machine: endpoints come from settings."""
    for name, number, line in _lines(tree):
        if name.split("/")[0] in HOSTILE:
            continue
        hosts = [found[1] for found in ADDRESS.finditer(line)]
        hosts += [found[0] for found in BARE_HOST.finditer(line)]
        for host in hosts:
            if not INSIDE.match(host) and not VOCABULARIES.match(host):
                text = f"{host}: endpoints come from settings"
                yield Finding(name, number, "outside-hosts", text)


def left_open(tree: Tree) -> Iterator[Finding]:
    """Nothing is left for later in the text, and the project speaks of itself alone."""
    for name, number, line in _lines(tree):
        for pattern in (OPEN, FOREIGN, TICKET_OF_OURS):
            found = pattern.search(line)
            if found:
                text = f"{found[0]!r} does not belong here"
                yield Finding(name, number, "left-open", text)


RULES: tuple[Rule, ...] = (machine_paths, outside_hosts, left_open)
