"""A defect in a rule: whatever a desk gets raises. What died of it is asked back afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from chaos.fault import BrokenPromiseError, NotHitError, Struck
from chaos.puppet.strings import strings
from chaos.world import World
from cli.dead_letters import work
from cli.dead_letters.book import Book
from cli.dead_letters.wanted import Wanted
from cli.verify import read_stores
from runtime.database import Database

BROKEN_S = 15.0
BACK_S = 40.0
DESKS = {
    "triage": "tickets",
    "sla": "clocks",
    "notifier": "notices",
    "evidence": "archive",
    "resolution": "settlements",
}
"""A desk of a service that reads what complaints lead to."""


@dataclass(frozen=True, slots=True)
class RuleBroken:
    """X26: every rule of a desk raises for 15 s."""

    code: str = "X26"
    says: str = "every rule of a desk raises for 15 s"
    lasts_s: float = BROKEN_S + 10

    async def strike(self, world: World, random: Random) -> Struck:
        """Break them, mend them, and ask back what was given up meanwhile."""
        name = world.one(random, DESKS.keys() & set(world.stack.services))
        desk = DESKS[name]
        async with world.hold(name):
            async with strings(world, name) as line:
                raised = await line.worsened(
                    "rules", "raised", BROKEN_S, on={"desk": desk}, off={"desk": ""}
                )
            if not raised:
                raise NotHitError(f"{name} was asked nothing meanwhile")
            waiting, dead = await _asked_back(world, name)
        return Struck(name, f"raised {raised} times, {waiting} waited, {dead} died and came back")


async def _asked_back(world: World, service: str) -> tuple[int, int]:
    """How many messages and events wait, and how many letters died and were replayed.

    Raises BrokenPromiseError when not all came back.
    """
    database = await Database.connect(world.stack.admin_database_url, name="chaos", pool=1)
    try:
        async with database.transaction() as tx:
            _, waiting = await read_stores.read_progress(tx, service)
        wanted = Wanted(services=(service,), reason="rule_failed")
        done = await work.replay(Book(database), wanted, BACK_S, dry_run=False)
    finally:
        await database.close()
    if done.undone:
        raise BrokenPromiseError(f"{done.died_again} letters died again, {done.waiting} still wait")
    return waiting, len(done.letters)
