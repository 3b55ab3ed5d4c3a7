"""docs/telemetry.md tells what the code does: metrics, span attributes, log lines."""

from __future__ import annotations

import json
import re
import subprocess
import sys

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from cli.telemetry_docs import page, scraped_names
from runtime.case import HTTP, Message
from runtime.logs import HIDDEN
from runtime.metrics import Metrics
from runtime.sampling import Sampler, blame
from runtime.telemetry import Telemetry
from schemas.registry import read_event
from tests.support.compose import ROOT

PAGE = (ROOT / "docs/telemetry.md").read_text(encoding="utf-8")
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SAYS = """
import logging
from runtime.logs import logger, set_up
set_up("sla", "INFO")
logger("runtime.x").info("started", port=1)
try:
    raise ValueError("no")
except ValueError as error:
    logger("runtime.x").error("batch failed", exc_info=error)
logging.getLogger("library").warning("slow")
"""


def test_the_tables_are_current() -> None:
    assert page(PAGE) == PAGE, "docs/telemetry.md is out of date: make docs"


def test_names_are_those_of_the_metrics_text() -> None:
    metrics = Metrics("sla")
    metrics.events_applied.labels("clocks").inc()
    metrics.batch_took("clocks", 0.1)
    metrics.outbox_waiting.set(1)
    lines = metrics.text().decode().splitlines()
    shown = {re.split(r"[{ ]", line)[0] for line in lines if not line.startswith("#")}
    assert {name for name in shown if not name.endswith("_created")} <= scraped_names()


def test_span_attributes_are_the_listed_ones() -> None:
    rows = re.findall(r"^\| `([a-z._]+)` \| (all|records|.+ hop) \|", PAGE, re.MULTILINE)
    on = {which: {name for name, where in rows if where == which} for _, which in rows}
    assert on.keys() == {"all", "records", "the deciding hop", "a failed hop"}
    assert _attributes("sla", PARENT) == on["all"] | on["records"]
    assert _attributes(HTTP, PARENT) == on["all"]
    assert _attributes(HTTP) == on["all"] | on["the deciding hop"]
    assert _attributes(HTTP, PARENT, failed=True) == on["all"] | on["a failed hop"]


def _attributes(topic: str, parent: str | None = None, *, failed: bool = False) -> set[str]:
    golden = json.loads((ROOT / "tests/golden/ClockStarted.v1.json").read_text(encoding="utf-8"))
    raw = json.dumps(golden["full"]).encode()
    event = read_event(raw)
    message = Message(event.id, event.subject, event, 0, raw, topic, 0, 7, parent)
    exporter = InMemorySpanExporter()
    telemetry = Telemetry("sla", "", Sampler(1.0), SimpleSpanProcessor(exporter))
    with telemetry.processing("clocks", [message]):
        if failed:
            blame(message, "rule_failed")
    telemetry.close()
    (span,) = exporter.get_finished_spans()
    assert span.name == f"process {topic}"
    return set(span.attributes or {})


def test_log_lines_have_the_listed_fields() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SAYS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    own, failed, foreign = [json.loads(line) for line in done.stderr.splitlines()]
    section = PAGE.partition("## Logs")[2].partition("What our own")[0]
    always = set(re.findall(r"^\| `([a-z]+)` \|", section, re.MULTILINE))
    assert own.keys() == (always | {"port"}) - {"exception"}
    assert failed.keys() == always
    assert foreign.keys() == always - {"exception", "module"}


def test_hidden_fields_are_the_listed_ones() -> None:
    sentence = PAGE.partition("Fields called ")[2].partition(" are replaced")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == HIDDEN
