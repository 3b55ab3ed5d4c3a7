"""The house keeps its rules. Each finding names file, line and rule."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.architecture import contract, determinism, imports, shape, sql_text, words
from tests.architecture.tree import Finding, Rule, Tree, name_of

ROOT = Path(__file__).resolve().parents[2]
RULES: tuple[Rule, ...] = (
    *shape.RULES,
    *imports.RULES,
    *determinism.RULES,
    *sql_text.RULES,
    *words.RULES,
    *contract.RULES,
)


@pytest.fixture(scope="session")
def house() -> Tree:
    return Tree(ROOT)


def accept(findings: Iterable[Finding]) -> None:
    """Fail with the findings, one a line, and nothing else."""
    lines = [str(finding) for finding in sorted(findings)]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_rule_is_kept(rule: Rule, house: Tree) -> None:
    accept(rule(house))


def test_every_field_of_the_contract_is_described() -> None:
    accept(contract.described(importlib.import_module("schemas"), ROOT))


def test_events_are_past_tense() -> None:
    registry = importlib.import_module("schemas.registry")
    names = [event.__name__ for event in registry.EVENTS]
    assert names
    accept(contract.past_tense(names, "schemas/registry.py"))
