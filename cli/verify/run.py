"""`report = await run_checks(target)`: every invariant judged on one system."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from cli.verify import (
    clocks,
    effects,
    endings,
    evidence,
    history,
    inbox,
    intake,
    letters,
    notifications,
    order,
    outbox,
    privacy,
    progress,
    timeliness,
    transitions,
)
from cli.verify.collect import Progress, collect
from cli.verify.facts import Facts
from cli.verify.report import Report, Verdict
from cli.verify.target import Target
from runtime.clock import monotonic_s

CHECKS: tuple[Callable[[Facts], Verdict], ...] = (
    intake.taken_in,
    intake.no_ticket_twice,
    outbox.published,
    outbox.decided,
    inbox.accounted,
    effects.once,
    order.in_order,
    progress.steady,
    progress.bookmarked,
    progress.drained,
    clocks.one_state,
    timeliness.on_time,
    endings.ended_well,
    notifications.sent_once,
    notifications.never_blind,
    transitions.along_the_table,
    evidence.heads_fit,
    evidence.heads_agree,
    evidence.objects_fit,
    privacy.nowhere_in_the_clear,
    letters.replayed_once,
    history.nothing_lost,
)
"""In the order of their codes."""

NOT_JUDGED = {
    "I20": ("each pack verifies offline", "not yet: evidence packs are not made"),
    "I21": ("sum of refunds = ledger", "not yet: there is no ledger of payments"),
    "I23": ("shop A sees 0 rows of shop B", "not yet: row-level security is not in force"),
    "I25": ("read models rebuilt from events = live ones", "not yet: there are no read models"),
    "I26": ("after a key is destroyed its data is readable nowhere", "not yet: nothing erases"),
    "I27": (
        "each fault was really hit",
        "elsewhere: `aftercare chaos` fails a run whose fault hit nothing",
    ),
}
"""Invariants that are not judged here, and why: what they are about is not there yet, or somebody
else judges them."""


async def run_checks(target: Target, progress: Progress = lambda _: None) -> Report:
    """Read the system and judge it; nothing is written anywhere.

    Meant for a drained system (`drain.drained`): what is still under way counts as lost. Raises
    KafkaError, DatabaseAwayError, MigrationError for tables of another version, and ValueError
    for a damaged record or journal.
    """
    began_s = monotonic_s()
    with uncollected():
        facts = await collect(target, progress)
        progress("judging")
        verdicts = judged(facts)
    return Report(verdicts, monotonic_s() - began_s)


def judged(facts: Facts) -> tuple[Verdict, ...]:
    """All verdicts on what was read, in the order of their codes."""
    ready = replace(facts, kept_lives=facts.lives())
    made = [check(ready) for check in CHECKS]
    made += [
        Verdict(code, says, "not_applicable", note=why) for code, (says, why) in NOT_JUDGED.items()
    ]
    return tuple(sorted(made, key=lambda verdict: int(verdict.code[1:])))


@contextmanager
def uncollected() -> Iterator[None]:
    """Without the cycle collector, for as long as there are facts: it would walk millions of rows
    again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
