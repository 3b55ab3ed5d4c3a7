"""`python -m benchmarks.load`: sends what it is told, run after run. Started by `process.Load`.

A line with a plan comes in: complaints are made, orders placed, `ready` goes out. A line with the
starting time (seconds since 1970) comes in: they are sent, the outcome goes out as one line.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import uvloop

from benchmarks.load.complaints import Case, cases, crowd
from benchmarks.load.follow_ups import FollowUps
from benchmarks.load.orders import place_orders
from benchmarks.load.plan import Outcome, Plan, Stream
from benchmarks.load.planted import plant
from benchmarks.load.sender import Parcel, Sender, parcels, repeated
from benchmarks.parent import end_with_parent
from simulator.journal import Journal


def main() -> None:
    """Until standard input ends, or the benchmark that started it."""
    end_with_parent()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve())


async def _serve() -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        plan = Plan.model_validate_json(line)
        journal = Journal(Path(plan.place.journal))
        try:
            made = _made(plan)
            orders = [case.order for found in made for case in found if case.order]
            placed = await place_orders(orders, plan.seed, plan.place, journal)
            plant((case for found in made for case in found), plan.canaries)
            runs = [
                _planned(plan, stream, found)
                for stream, found in zip(plan.streams, made, strict=True)
            ]
            _say("ready")
            start = await asyncio.to_thread(sys.stdin.readline)
            if start:
                outcome = await _send(plan, runs, float(start), placed, journal)
                _say(outcome.model_dump_json())
        finally:
            journal.close()


def _made(plan: Plan) -> list[list[Case]]:
    return [
        crowd(_told(plan, number, each), each.count) for number, each in enumerate(plan.streams)
    ]


def _told(plan: Plan, number: int, stream: Stream) -> list[Case]:
    place, orders = plan.place, plan.orders and stream.names_orders
    count = min(stream.count, stream.distinct or stream.count)
    return cases(plan.seed * 10 + number, place.shop, place.now_at, count, stream.mix, orders)


def _planned(plan: Plan, stream: Stream, found: list[Case]) -> list[Parcel]:
    once = parcels(stream, found, Random(f"{plan.seed}/{stream.name}/arrivals"))
    if not stream.twice:
        return once
    return repeated(once, stream.twice, Random(f"{plan.seed}/{stream.name}/repeats"))


async def _send(
    plan: Plan, runs: list[list[Parcel]], started_s: float, placed: int, journal: Journal
) -> Outcome:
    """Without the cycle collector: its pauses would be taken for the system's."""
    senders: list[Sender] = []
    followed: list[FollowUps] = []
    gc.collect()
    gc.disable()
    began_s = time.process_time()
    try:
        async with asyncio.TaskGroup() as group:
            for stream, run in zip(plan.streams, runs, strict=True):
                taken = None
                if stream.followed is not None:
                    followed.append(FollowUps(plan, stream.followed, journal, group))
                    taken = followed[-1].begin
                senders.append(Sender(stream, plan.place, journal, plan.give_up_s, taken))
                group.create_task(senders[-1].send(run, started_s))
    finally:
        gc.enable()
    cpu_s = time.process_time() - began_s
    for each in followed:
        each.close()
    callers = [sender.caller for sender in senders] + [each.caller for each in followed]
    ends = [sender.ends for sender in senders] + [each.ends for each in followed]
    arrivals = sorted(
        (each for sender in senders for each in sender.arrivals), key=lambda each: each.planned_s
    )
    return Outcome(
        started_s=started_s,
        arrivals=tuple(arrivals),
        tries=sum(caller.tries for caller in callers),
        statuses=dict(sum((caller.statuses for caller in callers), Counter())),
        cpu_s=cpu_s,
        orders=placed,
        followed=dict(sum((each.ended for each in followed), Counter())),
        differed=sum(each.differed for each in ends),
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
