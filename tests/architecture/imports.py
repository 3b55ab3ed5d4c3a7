"""Rules on who may import what, named by file and line; import-linter follows whole chains."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOMS, Finding, Rule, Source, Tree

ON_TOP = {"benchmarks", "chaos", "cli", "devstack", "simulator"}
MAY_IMPORT = {
    "schemas": {"schemas"},
    "runtime": {"runtime", "schemas"},
    "services": {"services", "runtime", "schemas"},
    "devstack": {"devstack", "simulator", "runtime", "schemas"},
    "simulator": {"devstack", "simulator", "runtime", "schemas"},
    "cli": {"benchmarks", "chaos", "cli", "devstack", "simulator", "runtime", "schemas"},
    "chaos": {"benchmarks", "chaos", "cli", "devstack", "simulator", "runtime", "schemas"},
    "benchmarks": {"benchmarks", "cli", "devstack", "simulator", "runtime", "schemas"},
}
BASELINE = "benchmarks/baseline/"
"""The design that ours is compared with runs the services' own rules."""
IMPURE = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "shutil", "signal", "socket", "socketserver", "sqlite3", "ssl", "subprocess",
    "tempfile", "threading", "time", "urllib",
}  # fmt: skip
"""Parts of the standard library that a pure module has no use for."""


def imported(source: Source) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, also inside functions and type checks."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            else:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def layers(tree: Tree) -> Iterator[Finding]:
    """services → runtime → schemas; nobody imports the rooms on top, nobody imports a service."""
    for source in tree.rooms(*ROOMS):
        room = source.parts[0]
        for line, name in imported(source):
            target = name.split(".")[0]
            if target == "services" and source.path.startswith(BASELINE):
                continue
            if target in ROOMS and target not in MAY_IMPORT[room]:
                yield Finding(source.path, line, "layers", f"{room} may not import {name}")
            if target == "tests":
                yield Finding(source.path, line, "layers", f"{room} may not import from tests")


def sibling(tree: Tree) -> Iterator[Finding]:
    """A service never imports another service: they share events only."""
    for source in tree.rooms("services"):
        for line, name in imported(source):
            parts = name.split(".")
            if parts[0] == "services" and len(parts) > 1 and parts[1] != source.service:
                text = f"{source.service} imports its sibling {parts[1]}: listen to its events"
                yield Finding(source.path, line, "sibling", text)


def drivers(tree: Tree) -> Iterator[Finding]:
    """asyncpg only in runtime/database.py; faststream and aiokafka only where the bus is."""
    for source in tree.rooms(*ROOMS):
        for line, name in imported(source):
            library = name.split(".")[0]
            if library == "asyncpg" and source.path != "runtime/database.py":
                text = "asyncpg is imported by runtime/database.py only"
                yield Finding(source.path, line, "drivers", text)
            if library in {"faststream", "aiokafka"} and not _near_the_bus(source, library):
                text = f"{library} is imported by runtime and services/<name>/app.py only"
                yield Finding(source.path, line, "drivers", text)


def _near_the_bus(source: Source, library: str) -> bool:
    if source.parts[0] in ON_TOP:
        return library == "aiokafka" or source.path.startswith(BASELINE)
    return source.parts[0] == "runtime" or (
        source.parts[0] == "services" and source.parts[2:] == ("app.py",)
    )


def domain_purity(tree: Tree) -> Iterator[Finding]:
    """A domain imports the standard library, pydantic and schemas; no I/O, nothing to await."""
    for source in tree.rooms("services"):
        if len(source.parts) < 3 or source.parts[2] not in {"domain.py", "domain"}:
            continue
        for line, name in imported(source):
            if not _pure(name, f"services.{source.service}.domain"):
                text = f"a domain imports the standard library, pydantic and schemas, not {name}"
                yield Finding(source.path, line, "domain-purity", text)
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                text = "a rule never waits: no async in a domain"
                yield Finding(source.path, node.lineno, "domain-purity", text)
            if isinstance(node, ast.Name) and node.id in {"open", "print", "input"}:
                text = f"no I/O in a domain: {node.id}()"
                yield Finding(source.path, node.lineno, "domain-purity", text)


def _pure(name: str, own: str) -> bool:
    top = name.split(".")[0]
    if top in {"pydantic", "schemas", "__future__"} or f"{name}.".startswith(f"{own}."):
        return True
    return top in sys.stdlib_module_names and top not in IMPURE


def declared_dependencies(tree: Tree) -> Iterator[Finding]:
    """What is imported is declared: rooms by the dependencies; by the dev extra what tests and
    benchmarks need beyond."""
    if "pyproject.toml" not in tree.files:
        return
    project = tomllib.loads(tree.text("pyproject.toml"))["project"]
    needed = {_distribution(line) for line in project.get("dependencies", [])}
    extra = {
        _distribution(line) for line in project.get("optional-dependencies", {}).get("dev", [])
    }
    extra |= {"packaging", "setuptools"}  # come with pytest and the build
    providers = _providers()
    for source in tree.sources:
        allowed = needed | extra if source.parts[0] in {"benchmarks", "tests"} else needed
        for line, name in imported(source):
            top = name.split(".")[0]
            if top in sys.stdlib_module_names or top in {*ROOMS, "tests", ""}:
                continue
            homes = {canonicalize_name(home) for home in providers.get(top, [top])}
            if not homes & allowed:
                text = f"{top} is not declared in pyproject.toml"
                yield Finding(source.path, line, "declared-dependencies", text)


@cache
def _providers() -> Mapping[str, list[str]]:
    return packages_distributions()


def _distribution(line: str) -> str:
    return canonicalize_name(Requirement(line).name)


def lock_is_current(tree: Tree) -> Iterator[Finding]:
    """requirements.lock pins everything that pyproject.toml asks for, with hashes, no address."""
    if not {"pyproject.toml", "requirements.lock"} <= set(tree.files):
        return
    lock = tree.text("requirements.lock")
    pins: dict[str, str] = {}
    for number, line in enumerate(lock.splitlines(), 1):
        if "://" in line or line.startswith(("-", "#")) or " @ " in line:
            text = "the lock holds names, versions and hashes only: make lock"
            yield Finding("requirements.lock", number, "lock-is-current", text)
        elif line and not line.startswith(" "):
            name, _, version = line.removesuffix("\\").strip().partition("==")
            pins[canonicalize_name(name)] = version.split(";")[0].strip()
    if lock.count("--hash=sha256:") < len(pins):
        yield Finding("requirements.lock", 1, "lock-is-current", "hashes are missing: make lock")
    project = tomllib.loads(tree.text("pyproject.toml"))["project"]
    for line in [*project["dependencies"], *project["optional-dependencies"]["dev"]]:
        wanted = Requirement(line)
        pin = pins.get(canonicalize_name(wanted.name))
        if pin is None or not wanted.specifier.contains(pin, prereleases=True):
            text = f"{line} is not what the lock pins ({pin or 'nothing'}): make lock"
            yield Finding("requirements.lock", 1, "lock-is-current", text)


RULES: tuple[Rule, ...] = (
    layers,
    sibling,
    drivers,
    domain_purity,
    declared_dependencies,
    lock_is_current,
)
