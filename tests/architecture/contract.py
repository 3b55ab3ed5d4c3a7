"""Rules on names and documentation of the contract: fields, units, tenses."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from pydantic import BaseModel

from tests.architecture.tree import Finding, Rule, Tree

IRREGULAR = (
    "Made", "Met", "Sent", "Set", "Paid", "Lost", "Held", "Begun", "Found", "Withdrawn", "Taken",
)  # fmt: skip
AGREED = {"CareDue", "SLAWarning", "TicketWaiting"}
"""Names fixed by the contract that are no past tense: being due or waiting is the event."""
TIME_NAMES = re.compile(r"(_at|^at|^time|^now|^since|_since|_by|_origin)$")
DURATION = re.compile(r"(timeout|duration|delay|interval|ttl|period|age|latency)$")
MONEY = re.compile(r"(amount|price|cost|paid|refund|refunded)$")
NUMBERS = re.compile(r"\b(int|float|Decimal|timedelta)\b")


def described(package: ModuleType, root: Path) -> Iterator[Finding]:
    """Every field of every model says what it means and in which unit."""
    for module in _modules(package):
        for name, model in inspect.getmembers(module, inspect.isclass):
            if not issubclass(model, BaseModel) or model.__module__ != module.__name__:
                continue
            for field, info in model.model_fields.items():
                if field in model.__annotations__ and not info.description:
                    path = Path(inspect.getfile(model)).relative_to(root).as_posix()
                    line = inspect.getsourcelines(model)[1]
                    text = f"{name}.{field} has no description"
                    yield Finding(path, line, "described", text)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def past_tense(names: Iterable[str], path: str) -> Iterator[Finding]:
    """An event says what has happened."""
    for name in names:
        if name not in AGREED and not name.endswith(("ed", *IRREGULAR)):
            yield Finding(path, 1, "past-tense", f"{name}: what has happened? An event is past")


def units_in_names(tree: Tree) -> Iterator[Finding]:
    """Times end in _at, durations in their unit, money in _fen."""
    for source in tree.rooms("schemas", "runtime", "services"):
        for owner in ast.walk(source.tree):
            if not isinstance(owner, ast.ClassDef):
                continue
            for node in owner.body:
                if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                    problem = _unit_problem(node.target.id, ast.unparse(node.annotation))
                    if problem:
                        text = f"{owner.name}.{node.target.id}: {problem}"
                        yield Finding(source.path, node.lineno, "units-in-names", text)


def _unit_problem(name: str, kind: str) -> str | None:
    if re.search(r"^(Instant|datetime|AwareDatetime)( \| None)?$", kind):
        return None if TIME_NAMES.search(name) else "a time ends in _at"
    if NUMBERS.search(kind) and DURATION.search(name):
        return "a duration ends in its unit: _s, _ms, _h"
    if re.search(r"\b(int|float|Decimal|Fen)\b", kind) and MONEY.search(name):
        return "money is whole fen and ends in _fen"
    return None


RULES: tuple[Rule, ...] = (units_in_names,)
