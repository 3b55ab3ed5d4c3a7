"""After all bad input: the system works as before, nothing was lost, and nothing betrays anybody.

The last file of the folder by its name.
"""

from __future__ import annotations

import socket

import pytest

from cli.verify.run import run_checks
from cli.verify.target import Target
from runtime.clock import wall_now
from schemas.topics import SERVICES
from tests.bad_input.bodies import decision
from tests.bad_input.kafka_corpus import RECORDS
from tests.bad_input.outsider import Outsider, queries
from tests.bad_input.plants import found_in
from tests.support import bus
from tests.support.shop import Shop

FOREIGN = sum(case.topic != "orders" for case in RECORDS)
"""Records that we put on topics of services: to find those is what I4 is for."""


async def test_what_is_good_still_goes_through(stranger: Outsider) -> None:
    async with Shop(stranger.stack) as shop:
        order = await shop.order(wall_now())
        ticket = await shop.complain("灯坏了", order_id=order)
        await shop.wait_for("triage", ticket, "Triaged")
        await shop.wait_for("sla", ticket, "ClockStarted")
        path = f"/v1/tickets/{ticket}/resolution"

        async def decided() -> bool:
            answer = await stranger.post(path, decision(), "resolution")
            return answer.status_code == 200

        await bus.until(decided)
    await stranger.at_rest()
    for service in SERVICES:
        url = f"{stranger.stack.health_url(service)}/readyz"

        async def ready(url: str = url) -> bool:
            said = (await stranger.client.get(url)).json()
            return bool(said == {"ready": True, "complaints": {}})

        await bus.until(ready)
    assert not any(stranger.stack.restarts.values())


async def test_nothing_was_lost_or_done_twice(stranger: Outsider) -> None:
    await stranger.at_rest()
    report = await run_checks(Target.of_run_dir(stranger.stack.run_dir))
    broken = [verdict for verdict in report.verdicts if verdict.outcome == "broken"]
    assert all(verdict.code == "I4" for verdict in broken), broken
    assert sum(verdict.broken for verdict in broken) <= FOREIGN
    offenders = {each.rpartition(" ")[2] for verdict in broken for each in verdict.offenders}
    assert offenders <= stranger.put, broken


async def test_nobody_called_where_bad_input_pointed(nobodys: socket.socket) -> None:
    with pytest.raises(BlockingIOError):
        nobodys.accept()


async def test_no_personal_data_shows_anywhere(stranger: Outsider) -> None:
    """I22, for what bad input brought: not where it was put, but wherever it could have gone."""
    stack = stranger.stack
    letters = [str(dict(row)) for row in await stranger.rows(queries.letters)]
    announced = [
        repr(record)
        for service in SERVICES
        for record in await bus.read_all(stack.kafka_bootstrap, f"dead-letters.{service}")
    ]
    logs = [path.read_text(errors="replace") for path in (stack.run_dir / "logs").iterdir()]
    spans = [stack.spans_path.read_text()]
    counts = [" ".join(await stranger.metrics(service)) for service in SERVICES]
    assert all(any(texts) for texts in (logs, spans)), "nothing was looked at"
    assert all(counts)
    for texts in (letters, announced, logs, spans, counts):
        assert found_in(texts) == []
