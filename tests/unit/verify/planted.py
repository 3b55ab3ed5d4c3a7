"""How a violation is planted and looked for. Used by the tests beside it."""

from __future__ import annotations

from array import array

from cli.verify.domain_facts import Clocks
from cli.verify.log_facts import Id
from cli.verify.run import judged
from cli.verify.store_facts import Applied
from runtime.clock import named_id
from tests.support.small_system import SmallSystem
from tests.unit.verify.conftest import OPEN_TICKET, TICKET

STRANGE = named_id("strange").bytes
FIRST = {"ticket_id": TICKET, "clock": "first_contact", "generation": 1}
SOLUTION = {"ticket_id": TICKET, "clock": "solution", "generation": 1}
RUNNING = {"ticket_id": OPEN_TICKET, "clock": "first_reply", "generation": 1}


def first_id(system: SmallSystem, topic: str) -> Id:
    """The id of the first record of a topic."""
    return next(iter(system.facts.logs[topic].row_of))


def forget(applied: Applied, row: int) -> None:
    """Take a message out of a desk's inbox."""
    for column in (
        applied.ids, applied.keys, applied.parts, applied.offsets, applied.digests,
        applied.events, applied.wall_s,
    ):  # fmt: skip
        column.pop(row)


def offenders(system: SmallSystem, code: str) -> tuple[str, ...]:
    """What the check of that code finds broken."""
    (verdict,) = (each for each in judged(system.facts) if each.code == code)
    assert verdict.outcome == ("broken" if verdict.offenders else "holds")
    return verdict.offenders


def broken_codes(system: SmallSystem) -> list[str]:
    """Codes of everything that is broken."""
    return [verdict.code for verdict in judged(system.facts) if not verdict.holds]


def by_timer(system: SmallSystem, kind: str, subject: str, name: str, **data: object) -> None:
    """An event of sla that a timer led to."""
    system.publish("sla", "clocks", named_id("timer", name).bytes, kind, subject, **data)


def replace(clocks: Clocks, row: int, **changes: object) -> None:
    """Spoil one clock of the table."""
    clocks.clocks[row] = clocks.clocks[row]._replace(**changes)  # type: ignore[arg-type]


def deafen(system: SmallSystem) -> None:
    """As if sla had heard everything long ago."""
    for _, _, applied in system.store("sla").lanes():
        applied.wall_s[:] = array("d", [0.0] * len(applied.wall_s))
