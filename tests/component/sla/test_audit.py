"""The audit on a real database: nothing to say of what the service wrote, and every planted error
is named."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from cli import main
from runtime.clock import wall_now
from runtime.policy import parse_policy
from schemas.envelope import Payload
from services.sla.audit.reading import Source
from services.sla.audit.run import Order, audit, pauses
from services.sla.calendars.files import load_book
from services.sla.policy import SlaPolicy
from tests.support.sla_story import POLICIES, Payloads, at
from tests.support.sla_world import World, sla_world

NOW_S = 12_300
make = Payloads()
Named = tuple[str, int | None, str]
OF_TICKET = "ticket_id = $1 AND clock = '{}' AND generation = {}"
PLANTED: dict[str, tuple[list[str], set[Named]]] = {
    "a deadline off by a second": (
        ["UPDATE clock SET due_at = due_at + interval '1 s' WHERE {solution/2}"],
        {("solution", 2, "due_at")},
    ),
    "a pause counted twice": (
        ["UPDATE clock SET due_at = due_at + interval '10 min' WHERE {closure/1}"],
        {("closure", 1, "due_at")},
    ),
    "a make-up workday forgotten": (
        [
            "UPDATE clock SET due_at = due_at + interval '50 min' WHERE {closure/1}",
            "UPDATE clock SET used_s = used_s - 3000 WHERE {closure/1}",
        ],
        {("closure", 1, "due_at"), ("closure", 1, "used_s")},
    ),
    "a wrong anchor after a re-triage": (
        ["UPDATE clock SET anchor_at = anchor_at - interval '5000 s' WHERE {solution/2}"],
        {("solution", 2, "anchor_at")},
    ),
    "a breach that is missing": (
        [
            "UPDATE clock SET state = 'pending', breached_at = NULL WHERE {first_contact/2}",
            "DELETE FROM clock_event WHERE kind = 'breached' AND {first_contact/2}",
            """UPDATE sla_case SET told = (
                SELECT jsonb_agg(m) FROM jsonb_array_elements(told) AS m
                WHERE m->>0 <> 'first_contact' OR m->>2 <> 'breached')
            WHERE ticket_id = $1""",
        ],
        {
            ("first_contact", 2, "state"),
            ("first_contact", 2, "breached_at"),
            ("first_contact", 2, "told breached"),
        },
    ),
    "a breach told early": (
        [
            """UPDATE clock_event SET told_at = told_at - interval '1101 s'
            WHERE kind = 'breached' AND {first_contact/2}""",
        ],
        {("first_contact", 2, "told breached")},
    ),
    "a warning told early": (
        [
            """UPDATE clock_event SET told_at = told_at - interval '1000 s'
            WHERE kind = 'warning' AND {solution/2}""",
        ],
        {("solution", 2, "told warning p50")},
    ),
    "an event that is missing": (
        ["DELETE FROM clock_event WHERE kind = 'started' AND {review/1}"],
        {("review", 1, "told started")},
    ),
    "time used that is wrong": (
        ["UPDATE clock SET used_s = used_s + 1 WHERE {review/1}"],
        {("review", 1, "used_s")},
    ),
    "a generation that should not exist": (
        [
            """INSERT INTO clock SELECT ticket_id, clock, 3, shop_id, level, problem_class, state,
            target_s, anchor_at, due_at, met_at, breached_at, cancelled_at, cause, used_s
            FROM clock WHERE {solution/2}""",
        ],
        {("solution", 3, "row")},
    ),
    "a clock that is not there": (
        ["DELETE FROM clock WHERE {closure/1}"],
        {("closure", 1, "row")},
    ),
    "a timer that is not set": (
        ["UPDATE sla_case SET armed_at = NULL WHERE ticket_id = $1"],
        {("solution", 2, "armed_at")},
    ),
    "a clock without a ledger": (
        ["DELETE FROM sla_case WHERE ticket_id = $1"],
        {
            (clock, generation, "row")
            for clock, generation in (
                ("first_reply", 1),
                ("review", 1),
                ("closure", 1),
                ("first_contact", 2),
                ("solution", 2),
            )
        },
    ),
}


def office_policy() -> SlaPolicy:
    """The closure in office hours: Sunday, 4 January 2026, is worked for New Year."""
    content = yaml.safe_load((POLICIES / "sla.yaml").read_text(encoding="utf-8"))
    for rule in content["clocks"]:
        if rule["clock"] == "closure":
            rule["calendar"] = "cn-office"
    book = load_book(POLICIES).model_dump(mode="json", exclude={"version"})
    return parse_policy("sla", {**content, "book": book}, SlaPolicy)


def story(ticket: str) -> list[Payload]:
    """Late with the answer, waited for the carrier, then found to be urgent and late again."""
    make = Payloads(ticket)
    return [
        make.triaged(60, "L2"),
        make.waiting(600, "carrier"),
        make.resumed(1_200),
        make.reply(4_000),
        make.triaged(5_000, "L1"),
    ]


async def warned(world: World, tickets: int) -> bool:
    rows = await world.rows("SELECT count(*) FROM clock_event WHERE kind = 'warning'")
    return bool(rows[0][0] == tickets)


def source_of(url: str) -> Source:
    variables = {
        "aftercare.time_scale": "1.0",
        "aftercare.time_origin": at(NOW_S).isoformat(),
        "aftercare.time_started_at": wall_now().isoformat(),
    }
    return Source(url, variables)


async def lived(world: World, *tickets: str) -> None:
    """The stories of these tickets, told late, then the first warning of each."""
    policy = office_policy()
    await world.open(policy)
    await world.apply(*[payload for ticket in tickets for payload in story(ticket)])
    instance = await world.open(policy, at_s=NOW_S - 90)
    instance.ticker.start()
    await world.until(partial(warned, world, len(tickets)))
    await instance.ticker.stop()


async def plant(world: World, statement: str, ticket: str) -> None:
    for clock in ("solution/2", "closure/1", "first_contact/2", "review/1"):
        statement = statement.replace(f"{{{clock}}}", OF_TICKET.format(*clock.split("/")))
    async with world.owner.single() as tx:
        assert await tx.execute(statement, ticket) >= 1


def named(answer: dict[str, Any]) -> dict[str, set[Named]]:
    found: dict[str, set[Named]] = defaultdict(set)
    for each in answer["differences"]:
        found[each["ticket"]].add((each["clock"], each["generation"], each["field"]))
    return found


async def test_every_planted_error_is_named_and_nothing_else(database_url: str) -> None:
    async with sla_world(database_url, start_s=7_000) as world:
        tickets = [f"t-{number:02}" for number in range(len(PLANTED) + 1)]
        await lived(world, *tickets)
        order = Order(source_of(database_url))
        clean = await audit(order, _silent)
        assert (clean["differences"], clean["unjudged"]) == ([], {})
        assert (clean["tickets"], clean["clocks"]) == (len(tickets), 5 * len(tickets))
        still = replace(order, by_youngest=True, grace_s=60.0)
        assert (await audit(still, _silent))["differences"] == []
        expected = {}
        for ticket, (statements, differences) in zip(tickets, PLANTED.values(), strict=False):
            expected[ticket] = differences
            for statement in statements:
                await plant(world, statement, ticket)
        assert named(await audit(order, _silent)) == expected
        one = Order(source_of(database_url), ticket=tickets[0])
        assert named(await audit(one, _silent)) == {tickets[0]: expected[tickets[0]]}


async def test_the_program_answers_with_one_document_and_a_code(database_url: str) -> None:
    async with sla_world(database_url, start_s=7_000) as world:
        await lived(world, "t-1")
        source = source_of(database_url)
        given = {"database_url": source.url, "variables": dict(source.variables)}
        answer, code = program(given, "clocks", "--ticket", "t-1")
        assert (answer["clocks"], answer["differing"], code) == (5, 0, 0)
        await plant(world, "UPDATE clock SET used_s = 7 WHERE {review/1}", "t-1")
        answer, code = program(given, "clocks", "--ticket", "t-1")
        assert (answer["differing"], code) == (1, 1)
        answer, code = program(given, "clocks", "--ticket", "t-9")
        assert (answer, code) == ({"error": "there is no clock of a ticket t-9"}, 2)
        answer, code = program({"database_url": "postgresql://127.0.0.1:1/none"}, "clocks")
        assert ("DatabaseAwayError" in answer["error"], code) == (True, 2)


def program(given: dict[str, Any], *words: str) -> tuple[dict[str, Any], int]:
    done = subprocess.run(
        [sys.executable, "-m", "services.sla.audit", *words],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    return json.loads(done.stdout), done.returncode


async def test_pauses_are_accounted_to_the_agent(database_url: str) -> None:
    async with sla_world(database_url, start_s=7_000) as world:
        await world.open()
        await world.apply(
            make.triaged(60, "L2"), make.wrote(600), make.waiting(700), make.resumed(1_300)
        )
        answer = await pauses(Order(source_of(database_url), ticket="t-1"), _silent)
        [agent] = answer["agents"]
        assert (agent["agent"], agent["paused_s"], agent["illegitimate_s"]) == ("a", 600, 600)
        assert agent["illegitimate_tickets"] == ["t-1"]


async def test_the_commands_show_tables_and_end_with_a_code(
    database_url: str, tmp_path: Path
) -> None:
    async with sla_world(database_url, start_s=7_000) as world:
        await world.open()
        ended = (make.wrote(600), make.waiting(700), make.resumed(1_300), make.resolved(2_000))
        await world.apply(make.triaged(60, "L2"), *ended)
        where = {"AFTERCARE_DATABASE_URL": database_url, "AFTERCARE_KAFKA_BOOTSTRAP": "none:1"}
        code, shown = await asyncio.to_thread(command, where, tmp_path, "audit")
        assert (code, "no difference: 3 clocks of 1 tickets" in shown) == (0, True), shown
        await plant(world, "UPDATE clock SET used_s = 7 WHERE {review/1}", "t-1")
        code, shown = await asyncio.to_thread(command, where, tmp_path, "audit")
        assert (code, "used_s" in shown, "1 difference:" in shown) == (1, True, True), shown
        code, shown = await asyncio.to_thread(command, where, tmp_path, "pauses")
        assert (code, shown.count("10.0 min")) == (0, 2), shown
        where["AFTERCARE_DATABASE_URL"] = "postgresql://127.0.0.1:1/none"
        code, shown = await asyncio.to_thread(command, where, tmp_path, "audit")
        assert (code, "not done" in shown) == (2, True), shown


def command(where: dict[str, str], run_dir: Path, name: str) -> tuple[int, str]:
    words = ["sla", name, "--run-dir", str(run_dir)]
    done = CliRunner().invoke(main.app, words, env={**where, "COLUMNS": "160"})
    return done.exit_code, done.output


def _silent(done: int, parts: int) -> None:
    """Nobody looks."""
