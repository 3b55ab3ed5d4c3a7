"""How a violation is planted and looked for. Used by the tests beside it."""

from __future__ import annotations

from cli.verify.log_facts import Id
from cli.verify.run import judged
from cli.verify.store_facts import Applied
from runtime.clock import named_id
from tests.support.small_system import SmallSystem

STRANGE = named_id("strange").bytes


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
