"""Requests to a system that refuses, stumbles and vanishes: the same request until an answer."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web

from runtime.clock import unix_s
from runtime.webhooks import verify
from simulator.caller import Caller, Request
from simulator.journal import Journal, Sent, read

SECRET = bytes(range(32))
WRITTEN = f"whsec_{base64.b64encode(SECRET).decode()}"


@dataclass
class System:
    """Answers with the statuses it was given, one after the other; 0 hangs up."""

    url: str = ""
    statuses: list[int] = field(default_factory=list)
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = [(name.lower(), value) for name, value in request.headers.items()]
        self.seen.append((verify([SECRET], headers, body, unix_s()), body))
        status = self.statuses.pop(0)
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
        text = json.dumps({"code": "closed", "detail": "words"} if status >= 400 else {"id": "t"})
        return web.Response(status=status or 200, text=text)


@pytest.fixture
async def system() -> AsyncIterator[System]:
    made = System()
    app = web.Application()
    app.router.add_post("/v1/tickets", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1/tickets"
    yield made
    await runner.cleanup()


async def told(system: System, folder: Path, statuses: list[int]) -> Sent:
    """Send one request to a system that answers so; what the journal says of it."""
    system.statuses = statuses
    journal = Journal(folder / "journal.jsonl")
    request = Request(system.url, "tickets", "shop-a", "A1-t1", "inbox/A1", {"text": "灯坏了"})
    async with Caller({"shop-a": WRITTEN}, journal) as caller:
        await caller.tell(request)
    journal.close()
    (entry,) = read(journal.path)
    return entry


async def test_the_same_request_is_repeated_until_it_is_taken(
    system: System, tmp_path: Path
) -> None:
    entry = await told(system, tmp_path, [503, 0, 429, 500, 201])
    assert (entry.result, entry.status, entry.tries) == ("acknowledged", 201, 5)
    assert entry.answer == {"id": "t"}
    (only,) = set(system.seen)
    assert only == ("A1-t1", '{"text": "灯坏了"}'.encode())


async def test_a_refusal_is_final_and_keeps_its_code_only(system: System, tmp_path: Path) -> None:
    entry = await told(system, tmp_path, [409])
    assert (entry.result, entry.status, entry.tries) == ("refused", 409, 1)
    assert entry.answer == {"code": "closed"}


async def test_what_has_no_answer_is_given_up_in_the_end(
    system: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.caller.GIVE_UP_S", 0.0)
    entry = await told(system, tmp_path, [0, 0, 0])
    assert (entry.result, entry.status) == ("given_up", 0)
