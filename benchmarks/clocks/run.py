"""The course of `bench clocks`: fill, prove the filling, then round by round what is compared, at
last two instances; verified in the end.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from benchmarks.clocks import rival
from benchmarks.clocks.findings import Outcome, Round, Shared, told
from benchmarks.clocks.firing import Site
from benchmarks.clocks.heard import Listener, stamp_on_append
from benchmarks.clocks.likeness import COMPARED, differences
from benchmarks.clocks.loader import RESTING, Loader, queries
from benchmarks.figures import Report
from benchmarks.service.feeder import Feeder
from benchmarks.setting import Setting, durable
from cli.demo.proof import checked, target_of
from devstack.layout import ServicePorts
from devstack.ports import free_port
from devstack.service import ProcessPart, python, says_ready
from devstack.supervisor import Stack
from runtime.clock import monotonic_s, wall_now
from simulator.journal import FILE, Journal

OPEN = 1_000_000
TICKETS = 6_000
"""That begin and end in a round."""
CALM, BUSY = 2_000, 5_000
"""Clocks due a second."""
CALM_S, BUSY_S = 5, 3
FLOOD = 100_000
AGES = timedelta(seconds=1200)
"""The resting tickets came in over this time."""


async def run(setting: Setting) -> Report:
    """Measure. Raises StackError when the stack does not start or a load can't be made."""
    began_at = wall_now()
    folder = setting.run_dir / "stack"
    setting.tell("start")
    async with Stack(folder, durable(("sla",))) as stack:
        async with _site(stack) as site:
            outcome = await _measured(setting, site, began_at)
            brought_in = site.loader.brought_in
        setting.tell("verifying")
        await stack.process("sla").stop()
        # The loader's tickets were told of before; no event says so, and none is missed.
        target = replace(target_of(stack, folder / FILE, 1.0), brought_in=brought_in)
        checks = await checked(target, time.time(), setting.tell)
    report = told(outcome)
    broken = [check for check in checks if check.outcome == "broken"]
    report.verified = not broken and not outcome.unlike
    report.notes += [f"{each.code} broken: {each.offenders}" for each in broken]
    return report


@asynccontextmanager
async def _site(stack: Stack) -> AsyncIterator[Site]:
    await stamp_on_append(stack.kafka_bootstrap)
    loader, listener = await Loader.open(stack.admin_database_url), Listener(stack.kafka_bootstrap)
    journal = Journal(stack.run_dir / FILE)
    await listener.start()
    try:
        async with Feeder(stack.kafka_bootstrap) as feeder:
            yield Site(stack, loader, listener, feeder, journal)
    finally:
        journal.close()
        await listener.stop()
        await loader.close()


async def _measured(setting: Setting, site: Site, began_at: datetime) -> Outcome:
    """What is compared takes turns, each round beginning with another."""
    outcome = Outcome()
    setting.tell("filling")
    await _fill(setting, site, began_at, outcome)
    for number in range(1, setting.rounds + 1):
        outcome.rounds.append(await _round(setting, site, number))
    flood = setting.of(FLOOD, least=200)
    setting.tell(f"{flood} clocks in one instant")
    outcome.flood = await site.fire("flood-", flood, 0)
    outcome.shared = await _shared(setting, site)
    outcome.memory_mb = site.memory_mb()
    return outcome


async def _fill(setting: Setting, site: Site, began_at: datetime, outcome: Outcome) -> None:
    began_s = monotonic_s()
    tickets = setting.of(OPEN // RESTING.clocks + 1, least=100)
    step_us = AGES.total_seconds() / tickets * 1e6
    await site.loader.fill("rest-", tickets, RESTING, began_at - AGES, step_us)
    await site.loader.settle()
    outcome.filled_s = monotonic_s() - began_s
    outcome.open_clocks = await site.loader.value(queries.open_clocks)
    at = await site.loader.now()
    await site.begin("real-", COMPARED, at)
    outcome.unlike = await differences(site.loader, "real-", at)


async def _round(setting: Setting, site: Site, number: int) -> Round:
    tell, log = setting.tell, site.stack.log_path("pgqueuer")
    calm, busy = setting.of(CALM * CALM_S, least=200), setting.of(BUSY * BUSY_S, least=200)
    tickets = setting.of(TICKETS, least=100)
    found = Round()

    async def ours() -> None:
        tell(f"round {number}: {calm} clocks at {CALM} a second")
        found.calm = await site.fire(f"r{number}c", calm, CALM)
        tell(f"round {number}: {busy} clocks at {BUSY} a second")
        found.busy = await site.fire(f"r{number}d", busy, BUSY)

    async def theirs() -> None:
        tell(f"round {number}: pgqueuer, {calm} jobs at {CALM} a second")
        found.calm_rival = await rival.ran(site.stack, calm, CALM, log)
        tell(f"round {number}: pgqueuer, {busy} jobs at {BUSY} a second")
        found.busy_rival = await rival.ran(site.stack, busy, BUSY, log)

    for turn in (ours, theirs) if number % 2 else (theirs, ours):
        await turn()
    tell(f"round {number}: {tickets} tickets begin and end")
    found.begun = await site.begin(f"r{number}t-", tickets, await site.loader.now())
    found.ended = await site.end(f"r{number}t-", tickets)
    return found


async def _shared(setting: Setting, site: Site) -> Shared:
    """A second instance of the service ticks along."""
    setting.tell("two instances")
    port = free_port()
    variables = site.stack.variables("sla", ServicePorts(port, None))
    second = ProcessPart(
        "sla-2", python("services.sla"), site.stack.log_path("sla-2"), port, says_ready(port),
        variables,
    )  # fmt: skip
    await second.start()
    try:
        site.second = second.pid
        since_at = await site.loader.now()
        fired = await site.fire("s", setting.of(BUSY * BUSY_S, least=200), BUSY)
        rows = await site.loader.rows(queries.shares, since_at)
    finally:
        site.second = None
        await second.stop()
    return Shared(fired, {row["instance"]: row["events"] for row in rows})
