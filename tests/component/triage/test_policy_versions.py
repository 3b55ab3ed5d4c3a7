"""Versions of a policy that decided something: stored, read back, and outlived by newer ones."""

from __future__ import annotations

import pytest

from runtime.policy import PolicyError, PolicyShelf
from runtime.sql_text import queries
from services.triage.policy import TriagePolicy
from tests.component.triage.conftest import World
from tests.unit.triage.complaints import triager


async def test_a_stored_version_is_the_same_policy(world: World) -> None:
    current = TriagePolicy.model_validate(triager().rules.model_dump())
    await PolicyShelf("triage", current).open(world.service.database)
    newer = current.model_copy(update={"version": "triage-newer"})
    shelf = PolicyShelf("triage", newer)
    await shelf.open(world.service.database)
    again = shelf.version(current.version)
    assert again == current
    stated = [rule.when.model_fields_set for rule in (*again.levels, *again.adjust)]
    assert stated == [rule.when.model_fields_set for rule in (*current.levels, *current.adjust)]


async def test_a_version_that_can_not_be_read_holds_nobody_up(world: World) -> None:
    async with world.service.database.transaction() as tx:
        await tx.execute(queries.remember_policy, "triage", "triage-stone-age", {"levels": 7})
    shelf = PolicyShelf("triage", TriagePolicy.model_validate(triager().rules.model_dump()))
    await shelf.open(world.service.database)
    with pytest.raises(PolicyError, match=r"triage-stone-age: .*levels"):
        shelf.version("triage-stone-age")
    with pytest.raises(PolicyError, match="triage-never: it is unknown"):
        shelf.version("triage-never")
