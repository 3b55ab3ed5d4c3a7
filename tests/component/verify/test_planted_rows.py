"""Violations planted as rows of the services' real tables are read and found by the checks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.verify import (
    clocks,
    effects,
    endings,
    evidence,
    intake,
    letters,
    privacy,
    progress,
    read_archive,
    read_domains,
    read_stores,
    transitions,
)
from cli.verify.canaries import Canaries
from cli.verify.facts import Facts
from cli.verify.leaks import Watch
from cli.verify.report import Verdict
from runtime.clock import new_id
from runtime.database import Database, Tx

NEVER = float("inf")
PHONE = "13120638643"


@dataclass(frozen=True)
class Plant:
    """Rows in one service's schema, and what a check must say of them; `{id}` is a new id."""

    service: str
    rows: str
    check: Callable[[Facts], Verdict]
    offence: str


LEAF = (
    "INSERT INTO item VALUES (%d, sha256('x'), 'k', 't', 's', '%s', '{id}', 'x', '{id}',"
    " sha256('gone'), 0, 1, now());"
)
EMPTIED = "DELETE FROM item; DELETE FROM signed_head; DELETE FROM signing_key;"
LOG = (
    "DELETE FROM log_head;"
    "INSERT INTO log_head VALUES (true, '{id}', 1, sha256('another'));"
    "INSERT INTO signing_key VALUES ('{id}', sha256('k'));"
    "INSERT INTO signed_head VALUES"
    " (1, sha256('root'), now(), '{id}', sha256('a') || sha256('b'));"
)
CLOCK = (
    "INSERT INTO clock (ticket_id, clock, generation, shop_id, level, problem_class, state,"
    " target_s, anchor_at, due_at) VALUES"
    " ('{id}', 'solution', 1, 's', 'L1', 'x', 'pending', 60, now(), now());"
)
NOTIFICATION = (
    "INSERT INTO notification (notification_id, shop_id, about, rule, recipient, step, channels,"
    " channel_no, lane, provider, priority, template, language, params, correlation, cause,"
    " policy_version, planned_at, state, trail, tries, asked, next_try_at, version) VALUES"
    " ('{id}', 's', 't', 'opened', 'customer', 1, '{sms}', 0, 'sms', 'aliyun_sms', 1, 'x', 'zh',"
    " '{}', '{id}', '{id}', 'v1', now(), 'sending', '{accepted,sending}', 1, 0, now(), 1);"
)
LADDER = (
    "INSERT INTO escalation (escalation_id, shop_id, ticket_id, clock, generation, occasion, level,"
    " problem_class, cause, due_at, since_at, raised_at, state, told, stepped_at, people,"
    " ended_at) VALUES ('{id}', 's', '{id}', 'solution', 1, 'solution:1', 'L1', 'special',"
    " 'breached', now(), now(), now(), 'met', 2, now(), '{a,b}', now());"
)
LETTER = (
    "INSERT INTO dead_letter (id, desk, event_id, key, topic, part, pos, reason, detail, tries,"
    " raw_key, raw_box, replayed_at) VALUES"
    f" (gen_random_uuid(), 'd', '{{id}}', 'k', 'orders', 0, 1, 'rule_failed', 'at {PHONE}', 1,"
    " '', '', now());"
)
COMPLAINT = "INSERT INTO complaint VALUES ('shop-a', 'inbox', '{id}', '{id}', false, '');"
TICKETS = (
    "INSERT INTO ticket (ticket_id, shop_id, origin, external_id, opened_at, state, version)"
    " SELECT '{id}' || n, 'shop-a', 'inbox', '{id}', now(), 'open', 1"
    " FROM generate_series(1, 2) AS n;"
)
PLANTS = (
    Plant("intake", COMPLAINT, intake.taken_in, "complaint without a ticket: shop-a/inbox/{id}"),
    Plant("intake", TICKETS, intake.no_ticket_twice, "tickets: shop-a/inbox/{id}"),
    Plant("sla", CLOCK, clocks.one_state, "in the table, never told: {id} solution 1"),
    Plant("sla", CLOCK, endings.ended_well, "a running clock without a timer: {id}"),
    Plant("notifier", NOTIFICATION, transitions.along_the_table, "{id}"),
    Plant("notifier", LADDER, transitions.along_the_table, "met and not told: {id}"),
    Plant("notifier", NOTIFICATION, progress.drained, "still to be sent or asked about: {id}"),
    Plant("evidence", EMPTIED + LEAF % (0, "file") + LOG, evidence.heads_fit, "root differs"),
    Plant("evidence", EMPTIED + LEAF % (0, "file") + LOG, evidence.objects_fit, "missing object"),
    Plant("evidence", EMPTIED + LEAF % (1, "file") + LOG, evidence.heads_fit, "leaf missing: 0"),
    Plant(
        "evidence",
        EMPTIED + LEAF % (0, "ticket_event") + LEAF % (1, "order_event"),
        effects.once,
        "archived twice: {id}",
    ),
    Plant("sla", LETTER, privacy.nowhere_in_the_clear, "phone in the clear: sla dead letter"),
    Plant("sla", LETTER, letters.replayed_once, "sla.d brought back and lost: {id}"),
    Plant("sla", LETTER * 2, letters.replayed_once, "sla.d has 2 letters for: {id}"),
)


class UndoneError(Exception):
    """Takes back what a test did to the database."""


async def _read(tx: Tx, service: str, objects: Path) -> Facts:
    """As `collect` reads one service."""
    watch = Watch(Canaries([("phone", PHONE)]))
    facts = Facts(leaks=watch.leaks)
    facts.stores[service] = await read_stores.read_store(tx, service, NEVER)
    if service == "intake":
        facts.intake = await read_domains.read_intake(tx)
    elif service == "sla":
        facts.clocks = await read_domains.read_clocks(tx, {})
    elif service == "notifier":
        facts.notifier = await read_domains.read_notifier(tx, NEVER)
    else:
        facts.archive = await read_archive.read_archive(tx, objects, 10)
    watch.words("dead letters and parked", await read_stores.read_words(tx, service))
    return facts


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: f"{plant.service}:{plant.offence}")
async def test_a_planted_row_is_found(database: Database, plant: Plant, tmp_path: Path) -> None:
    name = str(new_id())
    wanted = plant.offence.replace("{id}", name)
    with suppress(UndoneError):
        async with database.transaction() as tx:
            await read_stores.enter(tx, plant.service)
            await tx.script("SAVEPOINT before")
            before = plant.check(await _read(tx, plant.service, tmp_path))
            assert not any(wanted in offender for offender in before.offenders)
            await tx.script("ROLLBACK TO before")
            await tx.script(plant.rows.replace("{id}", name))
            verdict = plant.check(await _read(tx, plant.service, tmp_path))
            raise UndoneError
    assert any(wanted in offender for offender in verdict.offenders), verdict
