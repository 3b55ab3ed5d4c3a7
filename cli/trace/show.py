"""Prints a ticket's life for people. Called by `command`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.trace.life import Life, Step
from cli.trace.summaries import clocks, notifications
from devstack.span_sink import Span

COLOURS = {
    "SLABreached": "red", "NotificationFailed": "red", "SLAWarning": "yellow", "Resolved": "green",
    "ClockMet": "green", "TicketOpened": "bold",
}  # fmt: skip

SPEAKING = frozenset({
    "clock", "level", "problem_class", "route", "threshold", "rule", "recipient", "provider",
    "outcome", "kind",
})  # fmt: skip
"""Fields whose value says enough."""


def show(life: Life, spans: Mapping[str, Sequence[Span]], console: Console) -> None:
    """Steps, order trail, clocks, notifications, traces; what there is none of is left out."""
    console.print(f"[bold]ticket {escape(life.ticket)}[/]", highlight=False)
    if life.order_steps:
        console.print(_trail(life), highlight=False)
    console.print(_steps(life.steps))
    for letter in life.dead_letters:
        console.print(f"[red]dead letter[/] {escape(letter.service)}: {escape(_grave(letter))}")
    for table in (_clocks(life), _notifications(life), _traces(life, spans)):
        if table.row_count:
            console.print()
            console.print(table)


def _steps(steps: Sequence[Step]) -> Table:
    table = Table("wall", "business time", "service", "event", "after", "hop", "trace", box=None)
    for step in steps:
        colour = COLOURS.get(step.type, "")
        name = f"[{colour}]{step.type}[/]" if colour else step.type
        again = f" [yellow]({step.repeats + 1} records)[/]" if step.repeats else ""
        says = ", ".join(_said(name, value) for name, value in step.gist.items())
        gist = f"  [dim]{escape(says)}[/]" if says else ""
        table.add_row(
            step.wall_at.strftime("%H:%M:%S.%f")[:-3],
            step.at.strftime("%m-%d %H:%M:%S"),
            step.service,
            f"{name}{again}{gist}",
            step.caused_by,
            duration(step.hop_s),
            (step.trace_id or "")[:8],
        )
    return table


def _said(name: str, value: object) -> str:
    """A field in few words: a time without what everybody knows, a level by itself."""
    if name.endswith("_at"):
        return f"{name.removesuffix('_at')} {_short(str(value))}"
    return str(value) if name in SPEAKING else f"{name} {value}"


def _trail(life: Life) -> str:
    """The order's own events in one line."""
    counts = Counter(step.type for step in life.order_steps)
    kinds = ", ".join(f"{n}× {kind}" if n > 1 else kind for kind, n in counts.items())
    first = min(step.at for step in life.order_steps)
    last = max(step.at for step in life.order_steps)
    span = f"{first:%m-%d %H:%M} to {last:%m-%d %H:%M}"
    return f"order {escape(life.order or '')}: [dim]{kinds} ({span})[/]"


def _grave(letter: Step) -> str:
    about = letter.data
    return f"{about.get('event_id')} on {about.get('topic')}: {about.get('reason')}"


def _clocks(life: Life) -> Table:
    table = Table("clock", "", "state", "due", "ended", "warnings", box=None)
    for clock in clocks(life):
        late = " (late)" if clock.breached and clock.ended_at else ""
        table.add_row(
            clock.clock,
            str(clock.generation),
            ("[red]" if clock.breached else "[green]") + clock.state + "[/]",
            _short(clock.due_at),
            _short(clock.ended_at) + late,
            ", ".join(clock.warnings),
        )
    return table


def _notifications(life: Life) -> Table:
    table = Table("notification", "to", "through", "state", "tries", box=None)
    for each in notifications(life):
        state = f"{each.state} {each.code}".strip()
        step = f" ({each.step})" if each.step > 1 else ""
        table.add_row(each.rule + step, each.recipient, each.provider, state, str(each.tries))
    return table


def _traces(life: Life, spans: Mapping[str, Sequence[Span]]) -> Table:
    table = Table("trace", "span", "service", "at", "took", box=None)
    for trace_id, found in spans.items():
        for number, span in enumerate(found):
            table.add_row(
                trace_id if number == 0 else "",
                _named(span),
                span.service,
                duration((span.start_ns - found[0].start_ns) / 1e9),
                duration((span.end_ns - span.start_ns) / 1e9),
            )
    seen = {s.trace_id for s in life.steps if s.trace_id}
    unrecorded = seen.difference(life.trace_ids)
    if unrecorded:
        text = f"[dim]not sampled: {len(unrecorded)} more[/]"
        table.add_row(text, "", "", "", "")
    return table


def _named(span: Span) -> str:
    what = span.attributes.get("messaging.operation.name")
    failed = " [red]error[/]" if span.status == "error" else ""
    return escape(f"{span.name}: {what}" if what else span.name) + failed


def _short(text: str) -> str:
    return f"{datetime.fromisoformat(text):%m-%d %H:%M:%S}" if text else ""


def duration(seconds: float | None) -> str:
    """A duration in the unit that fits; empty when it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


def spans_json(spans: Mapping[str, Iterable[Span]]) -> list[dict[str, object]]:
    """Traces for programs."""
    return [
        {"trace_id": trace_id, "spans": [span.model_dump(mode="json") for span in found]}
        for trace_id, found in spans.items()
    ]
