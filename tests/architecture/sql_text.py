"""Rules on SQL: it lives in .sql files as named blocks, each used, each existing."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.architecture.tree import ROOMS, Finding, Rule, Source, Tree

BLOCK = re.compile(r"^-- name: ([a-z][a-z0-9_]*)\s*$")
OBJECT = r"(TABLE|INDEX|ROLE|USER|SCHEMA|DATABASE|FUNCTION|TYPE|VIEW|EXTENSION|POLICY|SEQUENCE)"
SHOUTED = re.compile(
    r"\bSELECT\b[\s\S]+\bFROM\b|\bINSERT\s+INTO\b|\bUPDATE\s+\S+\s+SET\b|\bDELETE\s+FROM\b"
    rf"|\b(CREATE|ALTER|DROP)\s+(UNIQUE\s+)?{OBJECT}\b|^\s*SELECT\s|^\s*TRUNCATE\s"
    r"|\b(GRANT|REVOKE)\s+[\w, ]+\s+(ON|TO|FROM)\b"
)
OPENING = re.compile(
    r"^\s*(select\s[\s\S]+\sfrom\s+[\w.]+\s*(where|order|limit|join|as|;|$)"
    r"|delete\s+from\s+[\w.]+\s*(where|using|;|$)|insert\s+into\s+[\w.]+\s*(\(|values|select)"
    rf"|update\s+\S+\s+set\s+\w+\s*=|(create|drop)\s+(unique\s+)?{OBJECT}\s+(if|\w+\s*[(;])"
    r"|with\s+\w+\s+as\s*\()",
    re.IGNORECASE,
)
QUERY_OBJECTS: set[str] = {"queries"}
NOT_BLOCKS = {"load", "names"}


def sql_in_python(tree: Tree) -> Iterator[Finding]:
    """No string of a program is SQL, whole or in parts."""
    for source in tree.rooms(*ROOMS):
        docs = _docstrings(source.tree)
        for node, text in _strings(source.tree):
            if id(node) not in docs and (SHOUTED.search(text) or OPENING.search(text)):
                shown = " ".join(text.split())[:50]
                message = f"SQL in Python ({shown!r}): make it a named block of a .sql file"
                yield Finding(source.path, node.lineno, "sql-in-python", message)


def _docstrings(tree: ast.Module) -> set[int]:
    """Strings that stand as a statement of their own: documentation."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _strings(tree: ast.Module) -> Iterator[tuple[ast.expr, str]]:
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts |= {id(part) for part in node.values}
            fixed = [part.value if isinstance(part, ast.Constant) else "x" for part in node.values]
            yield node, "".join(str(part) for part in fixed)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [] if id(node) in parts else [(node, node.value)]


def named_queries(tree: Tree) -> Iterator[Finding]:
    """Every named block is used by the code beside it, and every used one exists."""
    homes: dict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
    for name in tree.files:
        home, marker, _ = name.partition("sql/")
        if not (marker and name.endswith(".sql")):
            continue
        for number, line in enumerate(tree.text(name).splitlines(), 1):
            found = BLOCK.match(line)
            if found and found[1] in homes[home]:
                text = f"{found[1]} is defined twice"
                yield Finding(name, number, "named-queries", text)
            elif found and found[1] in NOT_BLOCKS:
                text = f"{found[1]} is a method of Queries: call the block otherwise"
                yield Finding(name, number, "named-queries", text)
            elif found:
                homes[home][found[1]] = (name, number)
            elif line.startswith("-- name"):
                text = "a block starts with '-- name: lower_case_name'"
                yield Finding(name, number, "named-queries", text)
    for home, blocks in homes.items():
        inner = [other for other in homes if other != home and other.startswith(home)]
        yield from _compared(tree, home, blocks, inner)


def _compared(
    tree: Tree, home: str, blocks: dict[str, tuple[str, int]], inner: Sequence[str]
) -> Iterator[Finding]:
    """The code of a folder with its blocks; folders in it that have blocks of their own apart."""
    used: set[str] = set()
    around = [source for source in tree.rooms(*ROOMS) if source.path.startswith(home)]
    beside = [source for source in around if not source.path.startswith(tuple(inner))]
    objects = QUERY_OBJECTS.union(*map(_query_objects, beside))
    for source in beside:
        for line, block in _used_blocks(source, objects):
            used.add(block)
            if block not in blocks:
                text = f"no query named {block} in {home}sql/"
                yield Finding(source.path, line, "named-queries", text)
    for block, (name, number) in blocks.items():
        if block not in used:
            yield Finding(name, number, "named-queries", f"query {block} is used nowhere in {home}")


def _query_objects(source: Source) -> set[str]:
    """Names that a module gives to what `Queries.load()` returns."""
    found = set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Assign) and "Queries.load(" in ast.unparse(node.value):
            found |= {_last_name(target) for target in node.targets}
    return found


def _used_blocks(source: Source, objects: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute) or _last_name(node.value) not in objects:
            continue
        if node.attr not in NOT_BLOCKS:
            yield node.lineno, node.attr


def _last_name(node: ast.expr) -> str:
    """`queries` for queries, self.queries and self._queries."""
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    return str(name).strip("_").lower()


RULES: tuple[Rule, ...] = (sql_in_python, named_queries)
