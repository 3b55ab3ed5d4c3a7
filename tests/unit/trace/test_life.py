"""A ticket's life is put in order, tied together and summed up from its records alone."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from cli.trace.life import Life, Origin, Step, step_of, told
from cli.trace.show import duration, show
from cli.trace.summaries import as_json, clocks, notifications
from devstack.span_sink import Span

WALL = datetime(2026, 3, 1, 20, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
SAMPLED = f"00-{TRACE}-b7ad6b7169203331-01"


def record(
    number: int,
    topic: str,
    kind: str,
    /,
    *,
    cause: int | None = None,
    after_ms: int = 0,
    source: str = "aftercare/intake",
    headers: list[tuple[str, bytes]] | None = None,
    **data: Any,
) -> Any:
    """A consumer record; ids and causes by number."""
    value = {
        "id": f"id-{number}", "source": source, "type": f"aftercare.{topic}.{kind}",
        "time": "2026-03-01T12:00:00Z", "subject": "ticket-1", "data": data,
    }  # fmt: skip
    if cause is not None:
        value["causationid"] = f"id-{cause}"
    stamp = (WALL + timedelta(milliseconds=after_ms)).timestamp() * 1000
    return SimpleNamespace(
        topic=topic, partition=0, offset=number, value=json.dumps(value).encode(),
        timestamp=int(stamp), headers=headers or [],
    )  # fmt: skip


def steps(*records: Any) -> list[Step]:
    """Those that are events."""
    return [step for each in records if (step := step_of(each)) is not None]


@pytest.fixture
def life() -> Life:
    """Opened, triaged, two clocks; one warned, breached and met late; told by SMS."""
    first: dict[str, Any] = {
        "clock": "first_contact",
        "generation": 1,
        "due_at": "2026-03-01T12:15:00Z",
    }
    second: dict[str, Any] = {
        "clock": "solution",
        "generation": 1,
        "due_at": "2026-03-01T16:00:00Z",
    }
    late: dict[str, Any] = {**first, "met_at": "2026-03-01T12:20:00Z"}
    breach: dict[str, Any] = {
        "clock": "first_contact",
        "generation": 1,
        "breached_at": "2026-03-01T12:15:00Z",
    }
    sms: dict[str, Any] = {
        "notification_id": "n-1", "rule": "acknowledged", "recipient": "customer", "step": 1,
        "provider": "aliyun_sms",
    }  # fmt: skip
    opened = record(
        1, "tickets", "TicketOpened", cause=100, after_ms=10, text="call me on 138",
        order_id="order-1", external_id="c-1", headers=[("traceparent", SAMPLED.encode())],
    )  # fmt: skip
    of_ticket = steps(
        record(8, "sla", "ClockMet", cause=9, after_ms=900, source="aftercare/sla", **late),
        opened,
        record(2, "triage", "Triaged", cause=1, after_ms=60, source="aftercare/triage", level="L1"),
        record(2, "triage", "Triaged", cause=1, after_ms=95, source="aftercare/triage", level="L1"),
        record(3, "sla", "ClockStarted", cause=2, after_ms=80, source="aftercare/sla", **first),
        record(4, "sla", "ClockStarted", cause=2, after_ms=80, source="aftercare/sla", **second),
        record(
            5, "sla", "SLAWarning", cause=200, after_ms=500, source="aftercare/sla",
            threshold="p75", **first,
        ),
        record(6, "sla", "SLABreached", cause=201, after_ms=600, source="aftercare/sla", **breach),
        record(
            7, "notifications", "NotificationAccepted", cause=101, after_ms=130,
            source="aftercare/notifier", tries=2, **sms,
        ),
        record(10, "notifications", "NotificationDelivered", cause=101, after_ms=800, **sms),
        record(9, "tickets", "CallMade", cause=102, after_ms=850, call_id="call-1"),
    )  # fmt: skip
    of_order = steps(
        record(50, "orders", "OrderPlaced", source="upstream/x", after_ms=-9000),
        record(51, "orders", "ParcelScanned", source="upstream/x", after_ms=-8000),
        record(52, "orders", "ParcelScanned", source="upstream/x", after_ms=-7000),
    )
    origins = {
        "id-100": Origin("request", WALL),
        "id-200": Origin("timer"),
        "id-201": Origin("timer"),
    }
    return told("ticket-1", of_ticket, "order-1", of_order, [], origins)


def test_steps_come_in_order_each_once(life: Life) -> None:
    kinds = [step.type for step in life.steps]
    assert kinds == [
        "TicketOpened", "Triaged", "ClockStarted", "ClockStarted", "NotificationAccepted",
        "SLAWarning", "SLABreached", "NotificationDelivered", "CallMade", "ClockMet",
    ]  # fmt: skip
    assert [step.repeats for step in life.steps if step.type == "Triaged"] == [1]


def test_hops_count_from_the_cause(life: Life) -> None:
    hops = {step.type: (step.caused_by, step.hop_s) for step in life.steps}
    assert hops["TicketOpened"] == ("request", 0.01)
    assert hops["Triaged"] == ("TicketOpened", 0.05)
    assert hops["ClockMet"] == ("CallMade", 0.05)
    assert hops["SLABreached"] == ("timer", None)
    assert hops["NotificationAccepted"] == ("", None)


def test_only_recorded_traces_are_looked_up(life: Life) -> None:
    assert life.trace_ids == (TRACE,)
    unsampled = steps(
        record(1, "tickets", "CallMade", headers=[("traceparent", SAMPLED[:-1].encode() + b"0")])
    )
    assert told("t", unsampled, None, [], [], {}).trace_ids == ()
    assert unsampled[0].trace_id == TRACE


@pytest.mark.parametrize("value", [b"", b"{", b"[]", b"null", b'{"id": 1}', b"\xff"])
def test_what_is_no_event_is_passed_over(value: bytes) -> None:
    made = record(1, "tickets", "CallMade")
    made.value = value
    assert step_of(made) is None


def test_a_trace_header_of_rubbish_is_no_trace() -> None:
    for rubbish in (b"\xff\xfe", b"", b"00-zz-1-01"):
        made = record(1, "tickets", "CallMade", headers=[("traceparent", rubbish)])
        (step,) = steps(made)
        assert step.trace_id is None


def test_clocks_end_as_told(life: Life) -> None:
    first, second = clocks(life)
    assert (first.clock, first.state, first.breached, first.warnings) == (
        "first_contact", "breached", True, ("p75",),
    )  # fmt: skip
    assert first.ended_at == "2026-03-01T12:20:00Z"
    assert (second.clock, second.state, second.ended_at) == ("solution", "pending", "")


def test_notifications_end_as_told(life: Life) -> None:
    (sms,) = notifications(life)
    assert (sms.state, sms.tries, sms.provider) == ("delivered", 2, "aliyun_sms")


def test_what_customers_wrote_is_never_shown(life: Life) -> None:
    assert "138" not in json.dumps(as_json(life))
    assert "138" not in shown(life)


def shown(life: Life, spans: dict[str, list[Span]] | None = None) -> str:
    """What is printed."""
    console = Console(file=io.StringIO(), width=220)
    show(life, spans or {}, console)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_person_reads_the_whole_life(life: Life) -> None:
    span = Span(
        trace_id=TRACE, span_id="b7ad6b7169203331", parent_span_id=None,
        name="process tickets", kind="consumer", service="aftercare-triage", start_ns=0,
        end_ns=23_000_000, attributes={"messaging.operation.name": "TicketOpened"}, links=[],
        status="ok", status_message="",
    )  # fmt: skip
    text = shown(life, {TRACE: [span]})
    assert "order order-1: OrderPlaced, 2× ParcelScanned" in text
    assert "first_contact, generation 1, p75, due 03-01 12:15:00" in text
    assert "03-01 12:20:00 (late)" in text
    assert "Triaged (2 records)" in text
    assert "process tickets: TicketOpened" in text
    assert "23 ms" in text


def test_dead_letters_are_told(life: Life) -> None:
    letter = steps(
        record(
            77, "dead-letters.sla", "DeadLettered", source="aftercare/sla",
            event_id="id-2", topic="triage", reason="rule_failed",
        )
    )  # fmt: skip
    text = shown(told("ticket-1", life.steps, None, [], letter, {}))
    assert "dead letter sla: id-2 on triage: rule_failed" in text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (0.0, "0 ms"), (0.0421, "42 ms"), (1.25, "1.2 s"), (119.0, "119.0 s"),
     (600.0, "10 min")],
)  # fmt: skip
def test_durations_have_the_unit_that_fits(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text
