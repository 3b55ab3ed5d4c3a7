"""Reads everything about a system into `Facts`. Called by `run`.

A system with timers never quite stands still. So one snapshot of the databases is the cut: the
offsets are read before it, Kafka after it, and what Kafka got later is left out again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from cli.verify import read_archive, read_domains, read_log, read_stores
from cli.verify.canaries import Canaries
from cli.verify.cut import leave_out_later
from cli.verify.facts import Facts
from cli.verify.leaks import Watch
from cli.verify.target import Target
from devstack.standins import records
from runtime.database import UNHURRIED_S, Database, Tx
from runtime.migrations import check_schema
from runtime.polls import group_of
from schemas.topics import LANES, topic_names
from simulator import journal

Progress = Callable[[str], None]
SETTLED_S = 2.0
"""What is older had the time to be published and applied."""
RELAYED_S = 1.0
"""Wait between the snapshot and Kafka: what the snapshot holds is to be found there."""
PATIENT = {
    "idle_in_transaction_session_timeout": "0",
    "statement_timeout": "0",
    "default_transaction_read_only": "on",
    "work_mem": "128MB",
    "cursor_tuple_fraction": "1",
    "jit": "off",
}
"""Long reads are what this is for, each to its end; the services' own limits would end them."""


async def collect(target: Target, progress: Progress) -> Facts:
    """Read it all; nothing is written anywhere.

    Raises KafkaError, DatabaseAwayError, MigrationError for tables of another version, and
    ValueError for a damaged record or journal.
    """
    facts = Facts(
        planted=target.planted,
        time_scale=target.time_scale,
        lateness_limit_s=target.lateness_limit_s,
    )
    watch = None if target.canaries is None else Watch(Canaries.read(target.canaries))
    database = await connected(target)
    try:
        progress("reading committed offsets")
        groups = await _groups(database, target)
        facts.committed = await read_log.committed_offsets(target.kafka_bootstrap, groups)
        progress("reading Kafka and the databases")
        async with database.transaction() as tx:
            await tx.script(read_stores.queries.begin_reading)
            facts.read_at_s = await tx.value(read_stores.queries.wall_clock)
            facts.settled_s = facts.read_at_s - SETTLED_S
            async with asyncio.TaskGroup() as both:
                both.create_task(_read_kafka(target, facts, watch))
                both.create_task(_read_database(tx, target, facts, watch))
    finally:
        await database.close()
    leave_out_later(facts)
    progress("reading the providers' and the load's records")
    _read_files(target, facts)
    if watch is not None:
        progress("looking for planted personal data")
        await asyncio.to_thread(watch.around, target.logs, target.pages)
        facts.leaks = watch.leaks
    return facts


async def _groups(database: Database, target: Target) -> list[str]:
    """Consumer groups of all desks that ever held a partition. Raises MigrationError."""
    found: set[str] = set()
    async with database.transaction() as tx:
        services = await read_stores.present(tx, target.services)
    for service in services:
        await check_schema(database, service)
        async with database.transaction() as tx:
            progress, _ = await read_stores.read_progress(tx, service)
            for desk in {desk for desk, _, _ in progress}:
                found |= {group_of(service, desk, lane) for lane in LANES}
    return sorted(found)


async def _read_kafka(target: Target, facts: Facts, watch: Watch | None) -> None:
    await asyncio.sleep(RELAYED_S)
    facts.logs, facts.stories = await read_log.read_log(
        target.kafka_bootstrap, topic_names(), facts.settled_s, watch
    )


async def _read_database(tx: Tx, target: Target, facts: Facts, watch: Watch | None) -> None:
    for service in await read_stores.present(tx, target.services):
        facts.stores[service] = await read_stores.read_store(tx, service, facts.settled_s)
        await _read_domain(tx, service, target, facts)
        if watch is not None:
            watch.words("dead letters and parked", await read_stores.read_words(tx, service))


async def _read_domain(tx: Tx, service: str, target: Target, facts: Facts) -> None:
    if service == "intake":
        facts.intake = await read_domains.read_intake(tx)
    elif service == "sla":
        facts.clocks = await read_domains.read_clocks(tx, target.brought_in)
    elif service == "notifier":
        facts.notifier = await read_domains.read_notifier(tx, facts.settled_s)
    elif service == "evidence":
        facts.archive = await read_archive.read_archive(tx, target.objects, target.sample_leaves)


def _read_files(target: Target, facts: Facts) -> None:
    if target.standins_record is not None:
        facts.sends = list(records.read(target.standins_record))
    if target.journal is not None:
        told = journal.read(target.journal)
        facts.journal = [sent for sent in told if sent.at.timestamp() < facts.settled_s]


async def connected(target: Target) -> Database:
    """A way to read the target's database. Raises DatabaseAwayError."""
    return await Database.connect(
        target.database_url,
        name="aftercare-verify",
        pool=1,
        variables=PATIENT,
        patience_s=UNHURRIED_S,
    )
