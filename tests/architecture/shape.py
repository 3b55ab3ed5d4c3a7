"""Rules on the shape of the house: sizes, names, places and the anatomy of a service."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import ROOMS, Finding, Rule, Tree

FILE_LINES = 300
FUNCTION_LINES = 40
README_LINES = 60
MAGNETS = {"base", "bases", "common", "helper", "helpers", "manager", "managers", "misc", "util",
           "utils"}  # fmt: skip
TOP_FILES = {
    ".dockerignore", ".env.example", ".gitattributes", ".gitignore", "CHANGELOG.md",
    "CONTRIBUTING.md", "LICENSE", "Makefile", "docker-compose.yml", "pyproject.toml",
    "requirements.lock",
}  # fmt: skip
TOP_FOLDERS = {*ROOMS, ".ci", "deploy", "docs", "policies", "tests"}
TEST_FOLDERS = {"architecture", "bad_input", "chaos", "component", "e2e", "integration",
                "simulation", "support", "unit"}  # fmt: skip
ANATOMY = ("README.md", "__main__.py", "app.py", "store.py", "settings.py", "sql/queries.sql",
           "sql/schema.sql")  # fmt: skip


def file_length(tree: Tree) -> Iterator[Finding]:
    """A Python file has at most 300 lines."""
    for source in tree.sources:
        lines = source.text.count("\n")
        if lines > FILE_LINES:
            text = f"{lines} lines, at most {FILE_LINES}: make it a package of the same name"
            yield Finding(source.path, lines, "file-length", text)


def function_length(tree: Tree) -> Iterator[Finding]:
    """A function has at most 40 lines, from its def to its end."""
    for source in tree.rooms(*ROOMS):
        for node in ast.walk(source.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                text = f"{node.name}() has {lines} lines, at most {FUNCTION_LINES}"
                yield Finding(source.path, node.lineno, "function-length", text)


def file_name(tree: Tree) -> Iterator[Finding]:
    """No file or folder has a name that attracts everything."""
    for source in tree.sources:
        for part in source.parts:
            if part.removesuffix(".py") in MAGNETS:
                text = f"{part} says nothing about its content: name it after its one job"
                yield Finding(source.path, 1, "file-name", text)


def module_docstring(tree: Tree) -> Iterator[Finding]:
    """A module opens with one to three lines: what it is for and who calls it."""
    for source in tree.rooms(*ROOMS):
        opening = ast.get_docstring(source.tree)
        if opening is None:
            if source.tree.body or not source.path.endswith("__init__.py"):
                yield Finding(source.path, 1, "module-docstring", "what is this module for?")
        elif len(opening.split("\n\n")[0].splitlines()) > 3:
            text = "the first paragraph has more than three lines"
            yield Finding(source.path, 1, "module-docstring", text)


def place(tree: Tree) -> Iterator[Finding]:
    """Every file lies in a room that is meant for it."""
    for name in tree.files:
        problem = _misplaced(name.split("/"))
        if problem:
            yield Finding(name, 1, "place", problem)


def _misplaced(parts: list[str]) -> str | None:
    top, last = parts[0], parts[-1]
    if len(parts) == 1:
        known = last in TOP_FILES or (last.startswith("README") and last.endswith(".md"))
        return None if known else "no such file belongs at the top: put it into its room"
    if top not in TOP_FOLDERS:
        return f"{top}/ is no room of the house: see CONTRIBUTING.md"
    if last.endswith(".py"):
        return _misplaced_python(parts)
    if last.endswith(".sql") and "sql" not in parts[:-1] and top not in {"deploy", "tests"}:
        return "SQL lies in a folder called sql/"
    return None


def _misplaced_python(parts: list[str]) -> str | None:
    top, last = parts[0], parts[-1]
    if top == "tests":
        known = parts[1] in TEST_FOLDERS or parts[1:] in (["conftest.py"], ["__init__.py"])
        return None if known else "tests are sorted into " + ", ".join(sorted(TEST_FOLDERS))
    if last.startswith("test_") or last == "conftest.py":
        return "tests lie in tests/"
    if top not in ROOMS:
        return f"no Python in {top}/"
    if top == "services" and len(parts) == 2 and last != "__init__.py":
        return "code belongs to one service: services/<name>/"
    return None


def service_anatomy(tree: Tree) -> Iterator[Finding]:
    """Every service has the same parts, and none of them is empty."""
    files = set(tree.files)
    for service in tree.services():
        home = f"services/{service}/"
        missing = [part for part in ANATOMY if home + part not in files]
        if home + "domain.py" not in files and home + "domain/__init__.py" not in files:
            missing.append("domain.py")
        if not any(name.startswith(home + "sql/migrations/0001_") for name in files):
            missing.append("sql/migrations/0001_*.sql")
        for part in missing:
            yield Finding(home + part, 1, "service-anatomy", f"{service} lacks {part}")
        for part in ANATOMY:
            if home + part in files and not tree.text(home + part).strip():
                yield Finding(home + part, 1, "service-anatomy", f"{part} is empty")


def service_readme(tree: Tree) -> Iterator[Finding]:
    """A service's README fits on one screen."""
    for service in tree.services():
        name = f"services/{service}/README.md"
        if name in tree.files:
            lines = tree.text(name).count("\n")
            if lines > README_LINES:
                text = f"{lines} lines, at most {README_LINES}: one screen"
                yield Finding(name, lines, "service-readme", text)


RULES: tuple[Rule, ...] = (
    file_length,
    function_length,
    file_name,
    module_docstring,
    place,
    service_anatomy,
    service_readme,
)
