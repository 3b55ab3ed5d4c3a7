"""The generated parts of docs/telemetry.md: metrics, and what the logs say.

Called by tests and by whoever writes the generated documents anew.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import Counter, Gauge, Histogram

from runtime.metrics import Metrics

ROOT = Path(__file__).resolve().parents[1]
END = "<!-- end -->"
CALL = "log."
LEVELS = {"debug", "info", "warning", "error"}
Metric = Counter | Gauge | Histogram


@dataclass(frozen=True, slots=True, order=True)
class Phrase:
    """One call of a logger. `fields` are its own, besides those that every line has."""

    event: str
    level: str
    module: str
    fields: tuple[str, ...]


def page(text: str) -> str:
    """The page with current tables. Raises ValueError where a mark is missing."""
    return put_between(put_between(text, "metrics", metrics_table()), "logs", log_table())


def metrics_table() -> str:
    """Every metric that a service may set: name as scraped, kind, labels, meaning."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in _metrics():
        labels = _quoted(metric._labelnames) or "none"
        rows.append(
            f"| `{scraped_name(metric)}` | {metric._type} | {labels} | {metric._documentation} |"
        )
    return "\n".join(rows)


def log_table() -> str:
    """Every phrase that runtime and services log, with its fields."""
    rows = ["| `event` | level | module | its own fields |", "|---|---|---|---|"]
    for phrase in phrases():
        rows.append(
            f"| {phrase.event} | {phrase.level} | `{phrase.module}` | {_quoted(phrase.fields)} |"
        )
    return "\n".join(rows)


def scraped_names() -> set[str]:
    """All names that a query may use, with those of a histogram's parts."""
    names = set()
    for metric in _metrics():
        name = scraped_name(metric)
        parts = ("_bucket", "_sum", "_count") if isinstance(metric, Histogram) else ("",)
        names |= {name + part for part in parts}
    return names


def scraped_name(metric: Metric) -> str:
    """The name in the text that Prometheus reads."""
    return f"{metric._name}_total" if isinstance(metric, Counter) else metric._name


def phrases(root: Path = ROOT) -> list[Phrase]:
    """What the code of runtime and services hands to its loggers, sorted."""
    found = set()
    for room in ("runtime", "services"):
        for path in sorted((root / room).rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts)
            text = path.read_text(encoding="utf-8")
            if CALL in text:
                found |= set(_phrases(ast.parse(text), module))
    return sorted(found)


def _phrases(tree: ast.Module, module: str) -> Iterator[Phrase]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner, level = node.func.value, node.func.attr
        if isinstance(owner, ast.Name) and owner.id == "log" and level in LEVELS and node.args:
            said = node.args[0]
            text = said.value if isinstance(said, ast.Constant) else ast.unparse(said)
            names = [keyword.arg or "**" for keyword in node.keywords]
            fields = tuple("exception" if name == "exc_info" else name for name in names)
            yield Phrase(str(text), level, module, fields)


def _metrics() -> list[Metric]:
    found = vars(Metrics("any")).values()
    return [metric for metric in found if isinstance(metric, Counter | Gauge | Histogram)]


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def put_between(text: str, name: str, table: str) -> str:
    begin = f"<!-- generated: {name} -->"
    before, mark, rest = text.partition(begin)
    _old, end, after = rest.partition(END)
    if not mark or not end:
        raise ValueError(f"the page lacks {begin} or {END}")
    return f"{before}{begin}\n{table}\n{END}{after}"
