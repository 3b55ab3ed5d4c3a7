"""A desk with one rule and what its service records, for tests of hops."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.case import Desk, Message
from runtime.clock import new_id, wall_now
from runtime.fold import Folding
from runtime.sampling import Sampler
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope, Payload
from schemas.rules import Decision
from schemas.sla import ClockStarted, SLABreached
from schemas.tickets import TicketOpened
from schemas.values import Lane
from tests.support.golden import golden

TRACE = "0af7651916cd43dd8448eb211c80319c"
OFF = f"00-{TRACE}-b7ad6b7169203331-00"
ON = f"00-{TRACE}-b7ad6b7169203331-01"
STARTED = ClockStarted.model_validate(golden(ClockStarted, "full")["data"])
OPENED = TicketOpened.model_validate(golden(TicketOpened, "full")["data"])
BREACHED = SLABreached.model_validate(golden(SLABreached, "full")["data"])


def message(
    traceparent: str | None = OFF,
    topic: str = "sla",
    at: datetime | None = None,
    source: str = "aftercare/sla",
) -> Message:
    """A message whose trace is not recorded so far."""
    event_id = new_id()
    event = Envelope[ClockStarted](
        id=event_id,
        source=source,
        type=ClockStarted.type_name(),
        time=at or wall_now(),
        subject=STARTED.ticket_id,
        shopid="shop-a",
        correlationid=event_id,
        data=STARTED,
    )
    return Message(event_id, event.subject, event, 0, b"{}", topic, 0, 7, traceparent)


@dataclass
class World:
    """A desk with one rule, and what its service records at a ratio of 0."""

    events: tuple[Payload, ...] = (STARTED,)
    lane: Lane = "routine"
    error: Exception | None = None
    sampler: Sampler = field(default_factory=lambda: Sampler(0.0))
    spans: InMemorySpanExporter = field(default_factory=InMemorySpanExporter)

    def __post_init__(self) -> None:
        self.telemetry = Telemetry("sla", "", self.sampler, SimpleSpanProcessor(self.spans))

    def rule(self, _case: Any, _event: Any, _policy: Any, _now: datetime) -> Decision[str]:
        if self.error is not None:
            raise self.error
        return Decision("case", self.events, {"ring": wall_now()}, None, self.lane)

    def apply(self, *messages: Message) -> Folding:
        """Fold a batch as the applier does."""
        desk: Any = Desk("clocks", {ClockStarted: self.rule}, load=_none, save=_none)
        now, lately = wall_now(), self.sampler.lately
        folding = Folding(desk, "aftercare/sla", True, {}, frozenset(), now, {}, lately)
        with self.telemetry.processing("clocks", messages):
            folding.take(messages)
        return folding

    @property
    def recorded(self) -> tuple[ReadableSpan, ...]:
        return self.spans.get_finished_spans()

    def only(self) -> ReadableSpan:
        (span,) = self.recorded
        return span


async def _none(*_: Any) -> Any:
    raise AssertionError("not asked here")


def because(span: ReadableSpan) -> Any:
    return (span.attributes or {}).get("aftercare.sampled_because")
