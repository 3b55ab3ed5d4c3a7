"""Traces: one span per recorded hop, linked through Kafka headers and outbox rows.

Used by `batch`; `sampling` decides what is recorded. Spans are made when a batch is over, with the
time at which it began. Attribute names follow the messaging conventions of OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import TracebackType

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanKind, Status, StatusCode

from runtime.case import HTTP, TIMER, Message
from runtime.clock import monotonic_s, new_id, unix_ns
from runtime.dead_letters import DeadRecord
from runtime.hops import Hop, is_sampled, read_traceparent, recorded, unrecorded
from runtime.sampling import Sampler, blame, forget
from runtime.settings import RuntimeSettings

_SCOPE = InstrumentationScope("aftercare.runtime")
_FINE = Status(StatusCode.UNSET)
_KINDS = {HTTP: SpanKind.SERVER, TIMER: SpanKind.INTERNAL}
Value = str | int


class Telemetry:
    """Traces of one service process. Without an endpoint traces are passed on, not recorded."""

    def __init__(
        self,
        service: str,
        endpoint: str,
        sampler: Sampler,
        processor: SpanProcessor | None = None,
    ) -> None:
        self.service = service
        self.sampler = sampler
        self._resource = Resource.create({"service.name": f"aftercare-{service}"})
        self._processor = processor
        if processor is None and endpoint:
            exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=2)
            self._processor = BatchSpanProcessor(
                exporter, schedule_delay_millis=1000, max_queue_size=8192
            )

    @classmethod
    def of(cls, service: str, settings: RuntimeSettings) -> Telemetry:
        """As a service's settings have it."""
        return cls(service, settings.otlp_endpoint, Sampler.of(settings))

    def processing(self, desk: str, messages: Sequence[Message] = ()) -> Processing:
        """Around applying messages; each goes on with its own span as parent if recorded.

        What an exception ends has no effect: its messages are then as they came.
        """
        return Processing(self, desk, messages)

    def record(
        self,
        topic: str,
        traceparent: str | None,
        hop: Hop,
        attributes: dict[str, Value],
        begun_ns: int,
        *,
        calls: bool = False,
    ) -> None:
        """Hand over the span that `traceparent` names, from `begun_ns` until now. It `calls`
        somebody outside, whose name then stands for the topic."""
        if self._processor is None:
            return
        if hop.because is not None:
            attributes["aftercare.sampled_because"] = hop.because
        if hop.error:
            attributes["error.type"] = hop.error
        came_with = hop.came_with
        self._processor.on_end(
            ReadableSpan(
                f"call {topic}" if calls else f"process {topic}",
                context=read_traceparent(traceparent),
                parent=read_traceparent(came_with) if is_sampled(came_with or "") else None,
                resource=self._resource,
                attributes=attributes,
                kind=SpanKind.CLIENT if calls else _KINDS.get(topic, SpanKind.CONSUMER),
                status=Status(StatusCode.ERROR, hop.error) if hop.error else _FINE,
                start_time=begun_ns,
                end_time=unix_ns(),
                instrumentation_scope=_SCOPE,
            )
        )

    def close(self) -> None:
        """Send what is waiting and stop; gives up after a few seconds."""
        if self._processor is not None:
            self._processor.force_flush(3000)
            self._processor.shutdown()


class Processing:
    """One batch at one desk. Used once, in a `with` statement."""

    def __init__(self, telemetry: Telemetry, desk: str, messages: Sequence[Message]) -> None:
        self._telemetry = telemetry
        self._desk = desk
        self._messages: Sequence[Message] = ()
        self._buried: list[tuple[DeadRecord, Hop]] = []
        self.take(messages)

    def take(self, messages: Sequence[Message]) -> None:
        """Begin with the messages of this batch, where they are known only now."""
        self._begun_ns, self._begun_s = unix_ns(), monotonic_s()
        self._messages = messages
        self._telemetry.sampler.look_at(messages)

    def bury(self, dead: Iterable[DeadRecord]) -> list[DeadRecord]:
        """Records that nobody could read, in traces that are recorded from here on."""
        return [self._bury(record) for record in dead]

    def _bury(self, record: DeadRecord) -> DeadRecord:
        came_with = record.traceparent
        following = came_with is not None and is_sampled(came_with)
        hop = Hop(came_with, None if following else "failed", record.reason)
        gone = replace(record, traceparent=recorded(came_with or unrecorded(new_id())))
        self._buried.append((gone, hop))
        return gone

    def __enter__(self) -> Processing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if error is None:
            self._telemetry.sampler.look_back(self._messages, monotonic_s() - self._begun_s)
            for record, hop in self._buried:
                self._telemetry.record(
                    record.topic, record.traceparent, hop, self._of_record(record), self._begun_ns
                )
        else:
            self._blame_all(error)
        for message in self._messages:
            if message.hop is not None:
                self._telemetry.record(
                    message.topic,
                    message.traceparent,
                    message.hop,
                    self._of_message(message),
                    self._begun_ns,
                )
        if error is not None:
            forget(self._messages)
            self._telemetry.sampler.lately.counts.clear()

    def _blame_all(self, error: BaseException) -> None:
        """One alone is to blame. Many are not: one outage must not record everything."""
        alone = len(self._messages) == 1 and isinstance(error, Exception)
        for message in self._messages:
            if alone or message.hop is not None:
                blame(message, type(error).__name__)

    def _of_message(self, message: Message) -> dict[str, Value]:
        event = message.event
        about: dict[str, Value] = {
            "messaging.operation.type": "process",
            "messaging.operation.name": event.type.rsplit(".", 1)[-1],
            "messaging.destination.name": message.topic,
            "messaging.message.id": str(event.id),
            "messaging.message.body.size": len(message.raw),
            "aftercare.subject": event.subject,
            "aftercare.shop": event.shopid,
            "aftercare.desk": self._desk,
        }
        if message.topic not in (HTTP, TIMER):
            about |= self._of_place(message)
        return about

    def _of_record(self, record: DeadRecord) -> dict[str, Value]:
        return {
            "messaging.operation.type": "process",
            "messaging.destination.name": record.topic,
            "messaging.message.body.size": len(record.value),
            "aftercare.desk": self._desk,
            **self._of_place(record),
        }

    def _of_place(self, at: Message | DeadRecord) -> dict[str, Value]:
        return {
            "messaging.system": "kafka",
            "messaging.consumer.group.name": f"{self._telemetry.service}.{self._desk}",
            "messaging.destination.partition.id": str(at.partition),
            "messaging.kafka.offset": at.offset,
        }
