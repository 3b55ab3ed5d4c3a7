"""Second opinions that outlast budgets, deaths and an endpoint that is away: on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.policy import PolicyError
from runtime.sampling import Sampler
from runtime.telemetry import Telemetry
from services.triage.app import desk
from services.triage.domain import Triager
from services.triage.domain.second_opinion import SecondOpinionGiven
from services.triage.second_opinion.joining import joined
from services.triage.settings import TriageSettings
from services.triage.store import queries
from tests.support.bus import until
from tests.support.second_opinion_world import (
    World,
    counted,
    done,
    records,
    second_opinion_world,
    unsure_triager,
)

TEXT = "这个东西我想问一下到底怎么回事"
WAITS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.fixture
async def asked(settings: TriageSettings, tmp_path: Path) -> AsyncIterator[World]:
    async with second_opinion_world(settings, tmp_path) as made:
        yield made


async def test_the_budget_holds_for_all_instances_and_after_a_restart(asked: World) -> None:
    limits = {"hour_budget_fen": 2, "day_budget_fen": 2, "call_fen": 1}
    instance, other = await asked.started(**limits), await asked.open(**limits)
    await instance.take(*(asked.ticket(f"{TEXT}{n}") for n in range(4)))
    await counted(instance, "over_budget")
    await counted(instance, "taken", 2)
    await other.asking.start()
    await counted(other, "over_budget")
    assert (len(asked.received()), len(await asked.questions())) == (2, 2)
    await asked.end(instance)
    again = await asked.started(**limits)
    await counted(again, "over_budget")
    assert len(asked.received()) == 2
    (row,) = await asked.rows("SELECT sum(spent_fen)::int AS fen FROM second_opinion_spent")
    assert row["fen"] == 2


async def test_what_was_spent_long_ago_counts_no_more(asked: World) -> None:
    limits = {"hour_budget_fen": 1, "day_budget_fen": 2, "call_fen": 1}
    instance = await asked.started(**limits)
    await instance.take(asked.ticket(TEXT), asked.ticket(TEXT))
    await counted(instance, "over_budget")
    move = "UPDATE second_opinion_spent SET slot_at = slot_at - $1::interval RETURNING slot_at"
    await asked.rows(move.replace("$1::interval", "interval '66 minutes'"))
    instance.asking.ring()
    await done(asked)
    await instance.take(asked.ticket(TEXT))
    await counted(instance, "over_budget", 2)  # the day's
    await asked.rows(move.replace("$1::interval", "interval '25 hours'"))
    instance.asking.ring()
    await done(asked)
    assert len(asked.received()) == 3


async def test_a_death_in_the_middle_of_a_call_is_asked_again_by_the_next(asked: World) -> None:
    asked.behave(manner="silent")
    dying = await asked.open(timeout_ms=10_000)
    ticket = asked.ticket(TEXT)
    await dying.take(ticket)
    await dying.asking.start()
    await asked.standin.arrived.wait()
    await asked.kill(dying)
    asked.behave(manner="fine")
    after = await asked.started()
    await asked.make_due()
    await done(asked)
    assert (await asked.told(ticket))[-1]["cause"] == "second_opinion"
    await counted(after, "taken")


async def test_a_death_after_the_answer_neither_asks_nor_tells_twice(asked: World) -> None:
    instance = await asked.open()
    ticket = asked.ticket(TEXT)
    await instance.take(ticket)
    answer = "UPDATE second_opinion_question SET words = NULL, answer = $1 RETURNING ticket_id"
    await asked.rows(answer, {"class": "usage", "confidence": 0.9})
    (kept,) = await asked.questions()
    await instance.asking.start()
    await done(asked)
    again = (
        "INSERT INTO second_opinion_question (ticket_id, shop_id, answer, subtypes, correlation, "
        "cause, expires_at) VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp() + interval '1 h') "
        "RETURNING ticket_id"
    )
    parts = (kept["answer"], kept["subtypes"], kept["correlation"], kept["cause"])
    await asked.rows(again, ticket.subject, asked.shop, *parts)
    instance.asking.ring()
    await done(asked)
    told = await asked.told(ticket)
    assert [each["type"] for each in told] == ["Triaged", "Retriaged"]
    assert told[-1]["problem_class"] == "usage"
    assert asked.received() == []


async def test_what_nobody_could_ask_in_time_is_forgotten(asked: World) -> None:
    instance = await asked.open(hour_budget_fen=0)
    ticket = asked.ticket(TEXT)
    await instance.take(ticket)
    await asked.rows(
        "UPDATE second_opinion_question SET expires_at = clock_timestamp() RETURNING ticket_id"
    )
    await instance.asking.start()
    await counted(instance, "expired")
    assert await asked.questions() == []
    assert asked.received() == []


async def test_the_open_breaker_leaves_questions_waiting(asked: World) -> None:
    asked.behave(manner="status_500")
    instance = await asked.started(breaker_failures=1, breaker_open_s=20)
    await instance.take(asked.ticket(TEXT))
    await counted(instance, "failed")
    asked.behave(manner="fine")
    await asked.make_due()
    ticket = asked.ticket(TEXT)
    await instance.take(ticket)
    assert len(await asked.told(ticket)) == 1
    assert (len(asked.received()), len(await asked.questions())) == (1, 2)
    asked.clock.now_s += 20
    instance.asking.ring()
    await done(asked)
    assert (await asked.told(ticket))[-1]["type"] == "Retriaged"


async def test_a_kept_answer_is_told_while_the_breaker_is_open(asked: World) -> None:
    asked.behave(manner="status_500")
    instance = await asked.open(breaker_failures=1, breaker_open_s=20)
    waiting, answered = asked.ticket(TEXT), asked.ticket(TEXT)
    await instance.take(waiting)
    await instance.asking.start()
    await counted(instance, "failed")
    await instance.take(answered)
    keep = (
        "UPDATE second_opinion_question SET words = NULL, answer = $2 WHERE ticket_id = $1 "
        "RETURNING ticket_id"
    )
    await asked.rows(keep, answered.subject, {"class": "usage", "confidence": 0.9})
    await asked.make_due()
    await counted(instance, "taken")
    assert (await asked.told(answered))[-1]["problem_class"] == "usage"
    assert [row["ticket_id"] for row in await asked.questions()] == [waiting.subject]
    assert len(asked.received()) == 1


async def test_a_call_that_the_breaker_stops_at_the_last_moment_costs_nothing(
    asked: World,
) -> None:
    asked.behave(manner="silent")
    instance = await asked.open(breaker_failures=1, timeout_ms=2000)
    other = await asked.open()
    first, second = asked.ticket(TEXT), asked.ticket(TEXT)
    await instance.take(first)
    await instance.asking.start()
    await asked.standin.arrived.wait()
    async with other.service.database.transaction() as tx:
        await tx.value(queries.hold_purse)  # who pays now has seen a closed breaker

        async def pays() -> bool:
            return bool(await asked.rows(WAITS))

        await instance.take(second)
        await until(pays)
        await counted(instance, "timeout")
    await asked.end(instance)
    tries = {row["ticket_id"]: row["tries"] for row in await asked.questions()}
    assert tries == {first.subject: 1, second.subject: 0}
    (row,) = await asked.rows("SELECT sum(spent_fen)::int AS fen FROM second_opinion_spent")
    assert (row["fen"], len(asked.received())) == (1, 1)


async def test_switched_off_nobody_is_asked_and_nothing_is_kept(
    asked: World, settings: TriageSettings
) -> None:
    was_on = await asked.open()
    await was_on.take(asked.ticket(TEXT))
    assert len(await asked.questions()) == 1
    off = await asked.switched_off(settings)
    assert await asked.questions() == []
    await off.handle(records(asked.ticket(TEXT)))
    assert await asked.questions() == []
    assert asked.received() == []


async def test_a_recorded_ticket_shows_the_call_in_its_trace_and_no_text(asked: World) -> None:
    spans = SimpleSpanProcessor(exporter := InMemorySpanExporter())
    asked.telemetry = Telemetry("triage", "", Sampler(1.0), spans)
    instance = await asked.open()
    ticket = asked.ticket(TEXT)
    await instance.take(ticket)
    await instance.asking.start()
    await done(asked)
    found = {span.name: span for span in exporter.get_finished_spans()}
    call, opened, told = (
        found[name] for name in ("call second opinion", "process tickets", "process http")
    )
    assert call.parent is not None
    assert told.parent is not None
    assert call.parent.span_id == opened.context.span_id
    assert told.parent.span_id == call.context.span_id
    assert dict(call.attributes or {})["aftercare.subject"] == ticket.subject
    assert TEXT not in str([span.to_json() for span in found.values()])


async def test_the_service_joins_it_where_an_address_is_set(asked: World) -> None:
    instance = await asked.open()
    on = asked.settings.model_copy(
        update={"triage_second_opinion_url": asked.url, "triage_second_opinion_model": "m"}
    )
    applier = await joined(instance.service, on, desk(unsure_triager()))
    assert SecondOpinionGiven in applier.desk.rules
    off = await joined(instance.service, asked.settings, desk(unsure_triager()))
    assert SecondOpinionGiven not in off.desk.rules
    nothing = Triager(unsure_triager().rules.model_copy(update={"second_opinion": None}))
    with pytest.raises(PolicyError):
        await joined(instance.service, on, desk(nothing))
