"""A whole system for all bad input, whose desks may write as many dead letters as it takes."""

from __future__ import annotations

import inspect
import json
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from devstack.plan import Options
from devstack.ports import HOST
from devstack.supervisor import Stack
from tests.bad_input.bodies import complaint, decision
from tests.bad_input.outsider import Outsider, outsider, queries
from tests.support import bus

VARIABLES = {
    "AFTERCARE_DEAD_LETTER_FLOOR": "100000",
    "AFTERCARE_RETRY_FIRST_MS": "20",
    "AFTERCARE_RETRY_MAX_MS": "200",
    "AFTERCARE_TRACE_RATIO": "1",
    "AFTERCARE_INTAKE_REQUESTS_PER_S": "100000",
    "AFTERCARE_RESOLUTION_REQUESTS_PER_S": "100000",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The system lives in one event loop for all of it."""
    for item in items:
        if Path(__file__).parent in item.path.parents and _waits(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


def _waits(item: pytest.Item) -> bool:
    """Whether a test is a coroutine, also one that is given examples."""
    test: Any = getattr(item, "function", None)
    return inspect.iscoroutinefunction(
        getattr(getattr(test, "hypothesis", None), "inner_test", test)
    )


@pytest.fixture(scope="session")
def nobodys() -> Iterator[socket.socket]:
    """A port of this machine that bad input names as an address: nobody may call it."""
    with socket.create_server((HOST, 0)) as listening:
        listening.setblocking(False)
        yield listening


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stranger(nobodys: socket.socket) -> AsyncIterator[Outsider]:
    """Somebody at the door of a running system."""
    with tempfile.TemporaryDirectory(prefix="aftercare-bad-input-") as folder:
        options = Options(extra_env={"*": VARIABLES})
        async with Stack(Path(folder) / "run", options) as stack, outsider(stack) as visitor:
            accounts = json.loads((stack.run_dir / "notifier.accounts.json").read_text())
            visitor.words = {
                "report": accounts["report_secret"],
                "port": str(nobodys.getsockname()[1]),
                "ticket": await _ticket(visitor),
                "victim": await _ticket(visitor),
                "closed": await _closed(visitor, await _ticket(visitor)),
            }
            yield visitor


async def _ticket(visitor: Outsider) -> str:
    answer = await visitor.post("/v1/tickets", complaint())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


async def _closed(visitor: Outsider, ticket: str) -> str:
    async def resolved() -> bool:
        path = f"/v1/tickets/{ticket}/resolution"
        return (await visitor.post(path, decision(), "resolution")).status_code == 200

    async def closed() -> bool:
        (row,) = await visitor.rows(queries.ticket_state, ticket)
        return bool(row["state"] == "closed")

    await bus.until(resolved)
    await bus.until(closed)
    return ticket
