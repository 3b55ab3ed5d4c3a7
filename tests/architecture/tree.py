"""The project as the rules see it: files, parsed Python, findings.

Used by every rule of this folder; a rule takes a Tree and yields Findings.
"""

from __future__ import annotations

import ast
import gc
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOMS = ("benchmarks", "chaos", "cli", "devstack", "runtime", "schemas", "services", "simulator")
"""Top-level packages."""

MADE = {
    ".aftercare", ".git", ".hypothesis", ".import_linter_cache", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", ".venv", "__pycache__", "build", "dist",
}  # fmt: skip
"""Folders that are made, not written; only matters where git can't say so."""


@dataclass(frozen=True, order=True, slots=True)
class Finding:
    """One broken rule at one place."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: [{self.rule}] {self.text}"


@dataclass(frozen=True, slots=True)
class Source:
    """A Python file. `path` is relative to the root, with slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def service(self) -> str | None:
        """Name of the service it belongs to, if any."""
        return self.parts[1] if self.parts[0] == "services" and len(self.parts) > 2 else None


class Tree:
    """The files under `root`: what git would commit, or everything but made folders."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Relative paths, sorted."""
        listed = self._from_git() if (self.root / ".git").exists() else None
        return tuple(sorted(listed if listed is not None else self._from_disk()))

    def _from_git(self) -> list[str] | None:
        done = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=self.root,
            capture_output=True,
            check=False,
        )
        if done.returncode != 0:
            return None
        names = done.stdout.decode().split("\0")
        return [name for name in names if name and (self.root / name).is_file()]

    def _from_disk(self) -> list[str]:
        found = (path.relative_to(self.root) for path in self.root.rglob("*") if path.is_file())
        return [path.as_posix() for path in found if not MADE & set(path.parts)]

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """All Python files, parsed once."""
        read = ((name, self.text(name)) for name in self.files if name.endswith(".py"))
        gc.disable()  # there is no garbage among millions of nodes
        try:
            return tuple(Source(name, text, ast.parse(text, name)) for name, text in read)
        finally:
            gc.freeze()
            gc.enable()

    def rooms(self, *names: str) -> Iterator[Source]:
        """Python files of the named rooms."""
        return (source for source in self.sources if source.parts[0] in names)

    def text(self, name: str) -> str:
        """Content of a text file; raises UnicodeDecodeError for any other."""
        return (self.root / name).read_text(encoding="utf-8")

    def services(self) -> list[str]:
        """Names of the folders in services/ that hold Python."""
        return sorted({source.service for source in self.sources if source.service is not None})


Rule = Callable[[Tree], Iterator[Finding]]


def name_of(rule: Rule) -> str:
    """How findings and test ids call a rule."""
    return rule.__name__.replace("_", "-")
