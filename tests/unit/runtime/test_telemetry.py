"""Which hops are recorded, and what their spans say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from opentelemetry.trace import SpanKind, StatusCode

from runtime.case import HTTP, TIMER
from runtime.clock import new_id, wall_now
from runtime.dead_letters import DeadRecord
from runtime.graves import of_reused
from runtime.hops import is_sampled, read_traceparent, unrecorded
from runtime.sampling import Pace, Sampler
from schemas.envelope import Payload
from schemas.rules import RefusedError
from schemas.values import Lane
from tests.unit.runtime.hops_world import (
    BREACHED,
    OFF,
    ON,
    OPENED,
    STARTED,
    TRACE,
    World,
    because,
    message,
)


@pytest.fixture
def world() -> Iterator[World]:
    """Closed at the end."""
    made = World()
    yield made
    made.telemetry.close()


def test_a_routine_hop_costs_a_string(world: World) -> None:
    one, first = message(), message(None)
    folded = world.apply(one, first).folded
    assert world.recorded == ()
    assert [draft.traceparent for draft in folded.drafts] == [OFF, unrecorded(first.id)]
    assert one.hop is first.hop is None


def test_what_follows_from_a_recorded_hop_has_it_as_parent(world: World) -> None:
    folded = world.apply(message(ON)).folded
    span = world.only()
    assert span.context is not None
    assert span.parent is not None
    assert (because(span), span.name, span.kind) == (None, "process sla", SpanKind.CONSUMER)
    assert format(span.parent.span_id, "016x") == "b7ad6b7169203331"
    going = {draft.traceparent for draft in folded.drafts}
    going |= {change.traceparent for change in folded.timers.values()}
    assert going == {f"00-{TRACE}-{span.context.span_id:016x}-01"}


@pytest.mark.parametrize(
    ("events", "lane", "topic"),
    [((OPENED,), "urgent", HTTP), ((STARTED,), "routine", "tickets.urgent")],
)
def test_a_first_look_alone_makes_nothing_urgent(
    world: World, events: tuple[Payload, ...], lane: Lane, topic: str
) -> None:
    world.events, world.lane = events, lane
    world.apply(message(topic=topic))
    assert world.recorded == ()


@pytest.mark.parametrize(
    ("events", "lane", "topic", "why"),
    [
        ((STARTED,), "routine", "sla.urgent", "urgent"),
        ((STARTED,), "urgent", "sla", "urgent"),
        ((STARTED,), "urgent", HTTP, "urgent"),
        ((STARTED, BREACHED), "routine", "sla", "breach"),
        ((BREACHED,), "urgent", TIMER, "breach"),
    ],
)
def test_a_trace_is_recorded_from_the_hop_on_where_it_matters(
    world: World, events: tuple[Payload, ...], lane: Lane, topic: str, why: str
) -> None:
    world.events, world.lane = events, lane
    told = message(topic=topic)
    before_ns = int(wall_now().timestamp() * 1e9) - 1_000_000
    folded = world.apply(told).folded
    span = world.only()
    assert span.context is not None
    assert span.start_time is not None
    assert span.end_time is not None
    assert (because(span), span.parent, span.status.status_code) == (why, None, StatusCode.UNSET)
    assert format(span.context.trace_id, "032x") == TRACE
    assert before_ns <= span.start_time <= span.end_time
    assert {is_sampled(draft.traceparent or "") for draft in folded.drafts} <= {True}


def test_a_failed_hop_says_its_code_and_no_more(world: World) -> None:
    world.error = RuntimeError("call 13812345678")
    failing, behind = message(), message()
    world.apply(failing, behind)
    spans = world.recorded
    assert [because(span) for span in spans] == ["failed", "failed"]
    assert [span.status.description for span in spans] == ["rule_failed", "behind"]
    assert {span.status.status_code for span in spans} == {StatusCode.ERROR}
    assert [(span.attributes or {})["error.type"] for span in spans] == ["rule_failed", "behind"]
    assert "13812345678" not in "".join(span.to_json() for span in spans)
    assert is_sampled(failing.traceparent or ""), "its next try belongs to the trace"


def test_a_refusal_is_an_answer_over_http_and_a_failure_elsewhere(world: World) -> None:
    world.error = RefusedError("too_late", "no more")
    world.apply(message(topic=HTTP))
    assert world.recorded == ()
    world.apply(message())
    assert world.only().status.description == "too_late"


def test_an_id_that_was_used_is_recorded(world: World) -> None:
    reused = message()
    with world.telemetry.processing("clocks", [reused]):
        (grave,) = of_reused([reused])
    assert world.only().status.description == "id_reused"
    assert is_sampled(grave.traceparent or "")


@pytest.mark.parametrize("came_with", [None, OFF, ON])
def test_what_nobody_can_read_is_recorded(world: World, came_with: str | None) -> None:
    dead = DeadRecord("sla", 1, 9, "", b"{", "not_json", "", traceparent=came_with)
    with world.telemetry.processing("clocks") as hops:
        (gone,) = hops.bury([dead])
    span = world.only()
    assert read_traceparent(gone.traceparent) == span.context
    assert (because(span), span.status.description) == (
        None if came_with == ON else "failed",
        "not_json",
    )
    assert dict(span.attributes or {})["messaging.kafka.offset"] == 9


def test_what_waited_long_is_recorded_if_its_time_is_ours(world: World) -> None:
    old_at = wall_now() - timedelta(seconds=61)
    world.apply(
        message(at=wall_now() - timedelta(seconds=50)),
        message(at=old_at, source="upstream/erp"),
        message(at=old_at, topic=HTTP),
    )
    assert world.recorded == ()
    slow = message(at=old_at)
    world.apply(slow)
    assert because(world.only()) == "slow"


def test_a_scaled_clock_counts_real_seconds() -> None:
    origin_at = datetime(2026, 3, 1, tzinfo=UTC)
    pace = Pace(100.0, origin_at, wall_now() - timedelta(seconds=600))
    made = replace(Sampler(0.0), pace=pace)
    fresh = message(at=origin_at + timedelta(seconds=590 * 100))
    late = message(at=origin_at + timedelta(seconds=500 * 100))
    made.look_at([fresh, late])
    assert fresh.hop is None
    assert late.hop is not None


def test_a_slow_batch_is_recorded_afterwards() -> None:
    world = World(sampler=replace(Sampler(0.0), slow_batch_s=1e-9))
    folded = world.apply(message()).folded
    assert because(world.only()) == "slow"
    assert [draft.traceparent for draft in folded.drafts] == [OFF], "they were stored before"
    world.telemetry.close()


def test_a_batch_that_fails_leaves_its_messages_as_they_came(world: World) -> None:
    followed, plain = message(ON), message()
    with pytest.raises(LookupError), world.telemetry.processing("clocks", [followed, plain]):
        raise LookupError("13812345678")
    span = world.only()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "LookupError")
    assert (followed.traceparent, plain.traceparent) == (ON, OFF)
    world.spans.clear()
    with pytest.raises(LookupError), world.telemetry.processing("clocks", [plain]):
        raise LookupError
    assert because(world.only()) == "failed", "it is alone to blame"
    assert (plain.traceparent, plain.hop) == (OFF, None)


@pytest.mark.parametrize("ids", ["ours", "counted"])
def test_the_ratio_holds_for_ids_of_any_make(ids: str) -> None:
    known = [new_id() if ids == "ours" else UUID(int=n + 1) for n in range(4000)]
    template = message(None)
    made = [
        replace(template, event=template.event.model_copy(update={"id": each})) for each in known
    ]
    again = [replace(each) for each in made]
    Sampler(0.25).look_at(made)
    Sampler(0.25).look_at(again)
    chosen = [each.hop is not None for each in made]
    assert 800 <= sum(chosen) <= 1200
    assert chosen == [each.hop is not None for each in again], "all who read it decide alike"


def test_a_broken_one_that_claims_to_be_recorded_begins_anew(world: World) -> None:
    world.apply(message("zz-01"))
    span = world.only()
    assert span.parent is None
    assert span.context is not None
    assert span.context.is_valid
