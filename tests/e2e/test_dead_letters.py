"""`aftercare dlq` on the running system: what nobody can read is listed, told, dropped."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner, Result

from cli.main import app
from devstack.supervisor import Stack
from tests.support import bus


async def said(stack: Stack, *words: str) -> Result:
    """What the command answers."""
    command = ["dlq", *words, "--run-dir", str(stack.run_dir)]
    return await asyncio.to_thread(CliRunner().invoke, app, command)


async def test_a_record_that_nobody_can_read(stack: Stack) -> None:
    async with bus.producer(stack.kafka_bootstrap) as producer:
        await producer.send_and_wait("triage", b'{"type": "nobody.knows"}', partition=0)

    async def listed() -> list[dict[str, Any]]:
        answer = await said(stack, "list", "--service", "sla", "--json")
        assert answer.exit_code == 0, answer.output
        causes: list[dict[str, Any]] = json.loads(answer.stdout)
        return causes

    (cause,) = await bus.until(listed)
    assert (cause["reason"], cause["desk"], cause["states"]) == (
        "unknown_type",
        "clocks",
        {"dead": 1},
    )
    letter = cause["letters"][0]["id"]
    shown = await said(stack, "show", letter)
    assert "unknown_type" in shown.stdout
    back = await said(stack, "replay", "--id", letter)
    assert back.exit_code == 1
    assert "stays dead" in back.output
    tried = await said(stack, "drop", "--id", letter, "--because", "a test", "--dry-run")
    assert "1 would be dropped" in tried.output
    assert len(await listed()) == 1
    done = await said(stack, "drop", "--id", letter, "--because", "a test")
    assert "1 dropped" in done.output
    assert await listed() == []
    everything = await said(stack, "list", "--service", "sla", "--all", "--json")
    assert json.loads(everything.stdout)[0]["letters"][0]["dropped_because"] == "a test"
