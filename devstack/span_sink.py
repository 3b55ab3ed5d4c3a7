"""Takes spans over OTLP/HTTP on loopback and appends them to a file, one JSON object a line.

Started by the stack (`python -m devstack.span_sink`); `read_spans` serves `aftercare trace`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as WireSpan
from opentelemetry.proto.trace.v1.trace_pb2 import Status
from pydantic import BaseModel, Field

from devstack.ports import HOST

LARGEST_BODY = 32 * 1024 * 1024
PROTOBUF = "application/x-protobuf"


class Link(BaseModel):
    """A span of another trace that this one goes back to."""

    trace_id: str = Field(description="32 hex digits.")
    span_id: str = Field(description="16 hex digits.")
    attributes: dict[str, Any] = Field(default_factory=dict, description="Of the link.")


class Span(BaseModel):
    """One finished span."""

    trace_id: str = Field(description="32 hex digits.")
    span_id: str = Field(description="16 hex digits.")
    parent_span_id: str | None = Field(description="16 hex digits; None at the root.")
    name: str = Field(description="What was done.")
    kind: str = Field(description="internal, server, client, producer or consumer.")
    service: str = Field(description="service.name of the process.")
    start_ns: int = Field(description="Nanoseconds since 1970.")
    end_ns: int = Field(description="Nanoseconds since 1970.")
    attributes: dict[str, Any] = Field(description="Of the span.")
    links: list[Link] = Field(description="Traces that it goes back to.")
    status: str = Field(description="unset, ok or error.")
    status_message: str = Field(description="Why it failed; empty otherwise.")


def read_spans(path: Path, trace_id: str | None = None) -> Iterator[Span]:
    """Spans in the order of their arrival, all or those of one trace; none without the file.

    A line that is still being written is left out.
    """
    if not path.exists():
        return
    with path.open("r", encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n") and (trace_id is None or trace_id in line):
                span = Span.model_validate_json(line)
                if trace_id is None or span.trace_id == trace_id:
                    yield span


def spans_of(request: ExportTraceServiceRequest) -> Iterator[Span]:
    """All spans of one export."""
    for resource in request.resource_spans:
        about = _values(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield _span(span, str(about.get("service.name", "")))


def _span(span: WireSpan, service: str) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_span_id=span.parent_span_id.hex() or None,
        name=span.name,
        kind=WireSpan.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        service=service,
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        attributes=_values(span.attributes),
        links=[
            Link(
                trace_id=link.trace_id.hex(),
                span_id=link.span_id.hex(),
                attributes=_values(link.attributes),
            )
            for link in span.links
        ],
        status=Status.StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_").lower(),
        status_message=span.status.message,
    )


def _values(pairs: Any) -> dict[str, Any]:
    read: dict[str, Any] = {}
    for pair in pairs:
        assert isinstance(pair, KeyValue)
        read[pair.key] = _value(pair.value)
    return read


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _values(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind)


def open_for_append(path: Path) -> BinaryIO:
    """The file, positioned after its last whole line: what a kill cut off is dropped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+b")
    size = file.seek(0, 2)
    cut = size
    while cut > 0:
        start = max(0, cut - 65_536)
        file.seek(start)
        newline = file.read(cut - start).rfind(b"\n")
        if newline >= 0:
            cut = start + newline + 1
            break
        cut = start
    file.truncate(cut)
    file.seek(0, 2)
    return file


def build(out: BinaryIO) -> web.Application:
    """The receiver: `POST /v1/traces` with protobuf, answered once the lines are written."""

    async def receive(request: web.Request) -> web.Response:
        if request.content_type != PROTOBUF:
            return web.Response(status=415, text=f"send {PROTOBUF}")
        message = ExportTraceServiceRequest.FromString(await request.read())
        lines = [span.model_dump_json().encode() + b"\n" for span in spans_of(message)]
        out.write(b"".join(lines))
        out.flush()
        body = ExportTraceServiceResponse().SerializeToString()
        return web.Response(body=body, content_type=PROTOBUF)

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_post("/v1/traces", receive)
    return app


def main() -> None:
    """Serve until told to end."""
    words = argparse.ArgumentParser(prog="devstack.span_sink", description=__doc__)
    words.add_argument("--port", type=int, required=True, help="loopback port")
    words.add_argument("--out", type=Path, required=True, help="file that spans are appended to")
    chosen = words.parse_args()
    with open_for_append(chosen.out) as out:
        web.run_app(build(out), host=HOST, port=chosen.port, print=None, access_log=None)


if __name__ == "__main__":
    main()
