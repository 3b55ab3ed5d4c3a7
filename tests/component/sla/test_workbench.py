"""Ledgers are read back from a real database, replayed and previewed: nothing is written there."""

from __future__ import annotations

import json
from asyncio import to_thread
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.programs import asked
from cli.sla import migrate, recorded, replay
from cli.sla.recorded import read_ledgers
from devstack.problems import StackError
from services.sla.policy import load
from services.sla.workbench.recorded import Recorded, Tickets
from tests.support.sla_story import POLICIES, Payloads, at, policy_with
from tests.support.sla_world import World, sla_world
from tests.unit.sla.plan_model.told import event
from tests.unit.sla.workbench.made_up import FIRST_REPLY, folder, lines, names, replied

QUICK = (FIRST_REPLY, "first_reply, target_s: 1800")
TABLES = ("sla_case", "clock", "clock_event", "timer", "outbox", "policy_version", "inbox")


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    """Two tickets on the shipped policy, one of them over, and one on another version."""
    async with sla_world(database_url, start_s=2_400) as made:
        await made.open()
        open_, over, other = Payloads("t-open"), Payloads("t-over"), Payloads("t-other")
        await made.apply(open_.triaged(60, "L2"), over.triaged(60, "L2"), over.resolved(600))
        await made.open(policy_with(warnings=[{"percent": 60}]))
        await made.apply(other.triaged(60, "L2"), other.reply(2_000))
        yield made


async def found(url: str, *, scaled: bool = True) -> list[bytes]:
    return [line async for line in read_ledgers(url, scaled=scaled)]


async def everything(world: World) -> list[Any]:
    return [await world.rows(f"TABLE {name}") for name in TABLES]


async def test_what_the_clocks_keep_is_read_back(
    world: World, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = await found(database_url)
    read = Tickets(at_once)
    tickets = {ticket.id: ticket for ticket in read if isinstance(ticket, Recorded)}
    assert sorted(tickets) == ["t-open", "t-other", "t-over"]
    assert [entry.what for entry in tickets["t-other"].ledger] == ["triaged", "agent_replied"]
    shipped = load(POLICIES).rules.version
    assert tickets["t-open"].version == shipped != tickets["t-other"].version
    assert read.head is not None
    assert set(read.head.bodies) == {ticket.version for ticket in tickets.values()}
    # A scaled clock is read from what it dated; ours stands at 40 minutes past nine, or little more
    assert at(2_400) <= read.head.now <= await world.now()
    monkeypatch.setattr(recorded, "AT_ONCE", 2)
    assert (await found(database_url))[1:] == at_once[1:]


async def test_replay_and_preview_write_nothing(
    world: World, database_url: str, tmp_path: Path
) -> None:
    before = await everything(world)
    given = await found(database_url)
    new = ["--policy", str(folder(tmp_path, QUICK))]
    told, code = asked(replay.PROGRAM, *new, lines=given)
    assert (code, told["tickets"], told["late"]["newly"]) == (0, 3, 2)
    assert names(told["tickets_changed"]) == ["t-open", "t-other", "t-over"]
    told, code = asked(migrate.PROGRAM, *new, lines=given)
    assert (code, told["moving"], told["ended"], told["breached_at_once"]) == (0, 2, 1, 1)
    [moved] = told["tickets_changed"]
    assert (moved["id"], moved["clocks"][0]["due_after"]) == ("t-open", "2026-01-04T09:30:00Z")
    assert await everything(world) == before


async def test_the_commands_on_a_running_system(
    world: World, database_url: str, tmp_path: Path
) -> None:
    new = str(folder(tmp_path / "new", QUICK))
    env = {
        "AFTERCARE_DATABASE_URL": database_url,
        "AFTERCARE_KAFKA_BOOTSTRAP": "memory:0",
        "COLUMNS": "160",
    }

    async def said(*words: str) -> str:
        command = ["sla", *words, "--policy", new, "--run-dir", str(tmp_path / "none")]
        done = await to_thread(CliRunner().invoke, app, command, env=env)
        assert done.exit_code == 0, done.output
        return done.stdout

    # By the clock of the database, which is long past all deadlines.
    told = await said("migrate", "--preview")
    assert "2 open tickets would move" in told
    assert "1 of 2 tickets would change; in 0 a clock would be breached at once" in told
    assert "nothing was written" in told
    told = await said("migrate", "--preview", "--from", load(POLICIES).rules.version, "--json")
    assert (json.loads(told)["moving"], json.loads(told)["other_versions"]) == (1, 1)
    assert "3 tickets were opened before" in await said("replay", "--since", "2h")
    assert "3 of 3 tickets would change" in await said("replay", "--since", at(0).isoformat())


async def test_a_database_without_clocks(database_url: str) -> None:
    url = database_url.rsplit("/", 1)[0] + "/postgres"
    with pytest.raises(StackError, match="no clocks"):
        await found(url)


def test_lint_gives_file_line_and_reason(tmp_path: Path) -> None:
    place = folder(tmp_path, more="extra: 1\n")
    done = CliRunner().invoke(app, ["sla", "lint", "--policy", str(place)])
    line = (place / "sla.yaml").read_text(encoding="utf-8").count("\n")
    told = f"{place}/sla.yaml:{line}: extra: not permitted: there is no such key here\n"
    assert (done.exit_code, done.stdout, done.stderr) == (1, told, "1 fault\n")
    assert CliRunner().invoke(app, ["sla", "lint", "--policy", "/nowhere"]).exit_code == 2


def test_the_commands(tmp_path: Path) -> None:
    source, new = tmp_path / "tickets.jsonl", folder(tmp_path / "new", QUICK)
    told = [replied("one", 2_000), replied("two", 900, "L1")]
    source.write_bytes(b"".join(lines(*told, {"id": "bad", **event(1, "resumed")})))
    words = ["sla", "replay", "--policy", str(new), "--input", str(source), "--handling-s", "900"]
    shown = CliRunner().invoke(app, words, env={"COLUMNS": "160"})
    assert shown.exit_code == 1
    assert "1 of 2 tickets would change: 1 would be late" in shown.stdout
    assert "first_reply" in shown.stdout
    assert "1 h → 30 min" in shown.stdout
    assert "no ticket: ticket bad: opened_at: Field required" in shown.stdout
    as_json = CliRunner().invoke(app, [*words, "--json", "--since", "2026-01-05T00:00:00Z"])
    assert json.loads(as_json.stdout)["passed_over"] == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("migrate",), "say --preview"),
        (("migrate", "--preview", "--run-dir", "/nowhere"), "nothing ever ran"),
        (("replay", "--policy", "/nowhere", "--run-dir", "/nowhere"), "nothing ever ran"),
        (("replay", "--policy", ".", "--input", "-", "--since", "soon"), "30m, 2h, 3d"),
    ],
)
def test_what_can_not_be_done_is_said(words: tuple[str, ...], said: str) -> None:
    done = CliRunner().invoke(app, ["sla", *words])
    assert done.exit_code == 2
    assert said in done.stderr
