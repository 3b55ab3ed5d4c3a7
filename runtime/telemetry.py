"""Traces: one span per message and hop, linked through Kafka headers and outbox rows.

The trace context travels as a W3C `traceparent` string; unsampled messages cost nothing.
Attribute names follow the current messaging conventions of OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from runtime.case import HTTP, TIMER, Message


class Telemetry:
    """Tracer of one service process."""

    def __init__(
        self,
        service: str,
        endpoint: str,
        ratio: float,
        processor: SpanProcessor | None = None,
    ) -> None:
        self._service = service
        self._provider = TracerProvider(
            resource=Resource.create({"service.name": f"aftercare-{service}"}),
            sampler=ParentBased(TraceIdRatioBased(ratio)),
            shutdown_on_exit=False,
        )
        if processor is not None:
            self._provider.add_span_processor(processor)
        elif endpoint:
            exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=2)
            self._provider.add_span_processor(
                BatchSpanProcessor(exporter, schedule_delay_millis=1000, max_queue_size=8192)
            )
        self._tracer = self._provider.get_tracer("aftercare.runtime")

    @contextmanager
    def processing(self, desk: str, messages: Sequence[Message]) -> Iterator[None]:
        """Spans around applying messages; each message goes on with its own span as parent."""
        spans = [span for m in messages if (span := self._begin(desk, m)) is not None]
        try:
            yield
        except BaseException as error:
            for span in spans:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            for span in spans:
                span.end()

    def _begin(self, desk: str, message: Message) -> Span | None:
        parent = read_traceparent(message.traceparent)
        if parent is not None and not parent.trace_flags.sampled:
            return None
        context = None if parent is None else set_span_in_context(NonRecordingSpan(parent))
        event = message.event
        span = self._tracer.start_span(
            f"process {message.topic}",
            context=context,
            kind=SpanKind.SERVER if message.topic == HTTP else SpanKind.CONSUMER,
            attributes={
                "messaging.operation.type": "process",
                "messaging.operation.name": event.type.rsplit(".", 1)[-1],
                "messaging.destination.name": message.topic,
                "messaging.message.id": str(event.id),
                "messaging.message.body.size": len(message.raw),
                "aftercare.subject": event.subject,
                "aftercare.shop": event.shopid,
                "aftercare.desk": desk,
            },
        )
        if message.topic not in (HTTP, TIMER):
            span.set_attributes(
                {
                    "messaging.system": "kafka",
                    "messaging.consumer.group.name": f"{self._service}.{desk}",
                    "messaging.destination.partition.id": str(message.partition),
                    "messaging.kafka.offset": message.offset,
                }
            )
        message.traceparent = write_traceparent(span.get_span_context())
        return span if span.is_recording() else None

    def close(self) -> None:
        """Send what is waiting and stop; gives up after a few seconds."""
        self._provider.force_flush(3000)
        self._provider.shutdown()


def read_traceparent(value: str | None) -> SpanContext | None:
    """Parse a W3C traceparent; None when absent or malformed (a new trace begins then)."""
    parts = (value or "").split("-")
    if len(parts) != 4 or [len(part) for part in parts] != [2, 32, 16, 2]:
        return None
    try:
        context = SpanContext(
            int(parts[1], 16), int(parts[2], 16), True, TraceFlags(int(parts[3], 16))
        )
    except ValueError:
        return None
    return context if context.is_valid else None


def write_traceparent(context: SpanContext) -> str:
    """The W3C form of a span context."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"
