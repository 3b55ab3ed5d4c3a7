"""The stack below the services, in this process and through the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from devstack.plan import Options
from devstack.ports import HOST, answers
from devstack.problems import StackError
from devstack.settings import ROOT
from devstack.span_sink import PROTOBUF, read_spans
from devstack.state import Mark, Phase, read_state
from devstack.supervisor import Stack
from schemas.topics import topic_names
from tests.support.bus import until

BELOW = Options(services=())


async def test_starts_in_order_recovers_and_starts_again_with_the_same_data(
    run_dir: Path,
) -> None:
    told: list[tuple[str, str]] = []
    async with Stack(run_dir, BELOW, lambda part, doing: told.append((part, doing))) as stack:
        first = (stack.kafka_bootstrap, stack.admin_database_url, stack.keys)
        assert told[-1] == ("stack", "ready")
        assert read_state(run_dir).running

        await stack.kill("postgres")
        await stack.process("postgres").until_ready()
        assert stack.restarts == {"postgres": 1, "kafka": 0, "standins": 0, "spans": 0}

        with pytest.raises(StackError, match="already runs"):
            await Stack(run_dir, BELOW).start()
        pids = [stack.process(name).pid for name in stack.restarts]
        marks = [mark for pid in pids if (mark := Mark.of(pid))]

    assert [mark for mark in marks if mark.alive] == []
    assert read_state(run_dir).phase is Phase.STOPPED

    async with Stack(run_dir, BELOW) as again:
        assert (again.kafka_bootstrap, again.admin_database_url, again.keys) == first


async def test_a_failing_start_leaves_nothing_behind(run_dir: Path) -> None:
    stack = Stack(run_dir / "run", Options(services=()))
    (run_dir / "run" / "standins.jsonl").mkdir(parents=True)

    with pytest.raises(StackError, match="standins ended while starting"):
        await stack.start()

    state = read_state(run_dir / "run")
    assert state.phase is Phase.FAILED
    assert "standins" in state.message
    assert [part for part in state.parts if part.mark and part.mark.alive] == []


async def test_offers_topics_and_takes_spans(run_dir: Path) -> None:
    from aiokafka.admin import AIOKafkaAdminClient

    async with Stack(run_dir, BELOW) as stack:
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
        await admin.start()
        assert set(topic_names()) <= set(await admin.list_topics())
        await admin.close()

        export = ExportTraceServiceRequest()
        span = export.resource_spans.add().scope_spans.add().spans.add(name="asked")
        span.trace_id, span.span_id = bytes(16), bytes(8)
        address = f"http://{HOST}:{stack.ports['spans']}/v1/traces"
        async with aiohttp.ClientSession() as session:
            body, kind = export.SerializeToString(), {"Content-Type": PROTOBUF}
            async with session.post(address, data=body, headers=kind) as response:
                assert response.status == 200
            async with session.post(address, json={}) as response:
                assert response.status == 415

        assert [found.name for found in read_spans(stack.spans_path)] == ["asked"]


def aftercare(run_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *words, "--run-dir", str(run_dir)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def shown(run_dir: Path) -> dict[str, Any]:
    found = aftercare(run_dir, "status", "--json")
    state: dict[str, Any] = json.loads(found.stdout)
    return state


def of_run_folder(run_dir: Path) -> dict[str, Any]:
    """What `doctor` says of the folder; of memory and disk it may say what it likes."""
    asked = aftercare(run_dir, "doctor", "--json")
    findings = json.loads(asked.stdout)
    assert asked.returncode == int(not all(each["ok"] for each in findings))
    return next(each for each in findings if each["what"] == "run folder")


async def test_the_command_starts_shows_and_stops_it(run_dir: Path) -> None:
    assert aftercare(run_dir, "status").returncode == 3

    up = aftercare(run_dir, "up", "--without-services")
    try:
        assert up.returncode == 0, up.stderr
        state = shown(run_dir)
        assert state["phase"] == "ready"
        assert {part["state"] for part in state["parts"]} == {"ready"}
        assert "password" not in json.dumps(state)
        twice = aftercare(run_dir, "up")
        assert twice.returncode == 1
        assert "already runs" in twice.stderr
        port = next(p["ports"]["postgres"] for p in state["parts"] if p["name"] == "postgres")
        await until(lambda: answers(port))
    finally:
        down = aftercare(run_dir, "down")
    assert down.returncode == 0, down.stderr
    assert not await answers(port)
    assert aftercare(run_dir, "down").stdout.startswith("nothing runs")


async def test_down_ends_what_a_killed_supervisor_left(run_dir: Path) -> None:
    up = aftercare(run_dir, "up", "--without-services")
    assert up.returncode == 0, up.stderr
    os.kill(shown(run_dir)["supervisor"], 9)
    marks = [part.mark for part in read_state(run_dir).parts if part.mark]

    assert "left over" in of_run_folder(run_dir)["found"]
    assert "postgres" in aftercare(run_dir, "down").stdout
    assert [mark for mark in marks if mark.alive] == []
    assert of_run_folder(run_dir)["ok"]
