"""Spans from the wire to the file and back."""

from __future__ import annotations

from pathlib import Path

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from devstack.span_sink import open_for_append, read_spans, spans_of

TRACE, OTHER, SPAN, PARENT = bytes(range(16)), bytes(16), b"\x01" * 8, b"\x02" * 8


def export(trace_id: bytes) -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "sla"
    span = resource.scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.parent_span_id = trace_id, SPAN, PARENT
    span.name, span.kind = "process tickets", 5
    span.start_time_unix_nano, span.end_time_unix_nano = 1_000, 2_500
    span.attributes.add(key="messaging.batch.message_count").value.int_value = 3
    span.attributes.add(key="parts").value.array_value.values.add().string_value = "a"
    span.links.add(trace_id=OTHER, span_id=PARENT)
    span.status.code, span.status.message = 2, "broken"
    return request


def write(path: Path, *requests: ExportTraceServiceRequest) -> None:
    with open_for_append(path) as out:
        for request in requests:
            for span in spans_of(request):
                out.write(span.model_dump_json().encode() + b"\n")


def test_a_span_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    write(path, export(TRACE))

    (span,) = read_spans(path)

    assert (span.trace_id, span.span_id, span.parent_span_id) == (
        TRACE.hex(), SPAN.hex(), PARENT.hex(),
    )  # fmt: skip
    assert (span.service, span.name, span.kind) == ("sla", "process tickets", "consumer")
    assert (span.start_ns, span.end_ns) == (1_000, 2_500)
    assert span.attributes == {"messaging.batch.message_count": 3, "parts": ["a"]}
    assert span.links[0].trace_id == OTHER.hex()
    assert (span.status, span.status_message) == ("error", "broken")


def test_one_trace_is_found_among_others_that_link_to_it(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    write(path, export(TRACE), export(OTHER))

    assert [span.trace_id for span in read_spans(path, OTHER.hex())] == [OTHER.hex()]


def test_a_torn_line_is_left_out_and_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    write(path, export(TRACE))
    with path.open("ab") as file:
        file.write(b'{"trace_id": "torn')

    assert len(list(read_spans(path))) == 1
    write(path, export(OTHER))
    assert len(list(read_spans(path))) == 2


def test_nothing_was_ever_written(tmp_path: Path) -> None:
    assert list(read_spans(tmp_path / "none.jsonl")) == []
