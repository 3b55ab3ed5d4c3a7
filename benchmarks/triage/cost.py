"""What reading costs, and whether sentences in a message steer it: more runs of the program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.figures import at_most, figure
from benchmarks.triage.findings import Finding
from benchmarks.triage.instructions import INSTRUCTIONS, attacks
from benchmarks.triage.labelled import classified
from devstack.settings import ROOT

SECTION = "cost"
ROUNDS = 3
ENOUGH = 4_000
SMALL_SHARE = 0.1
MODELS = "services/triage/model/*.model"
OUTCOME = (
    "class", "also", "subtype", "nature", "level", "emotion", "demands", "safety", "threat", "route"
)  # fmt: skip
LARGEST_MODEL_MB = 5
MOST_US = 200


def cost(rows: Sequence[Mapping[str, Any]], root: Path = ROOT) -> Iterator[Finding]:
    """CPU time a message, memory, size of the model. Raises EvaluationError.

    The difference between a large and a small batch: what starting costs falls out, reading the
    line and writing the answer stay in.
    """
    many = list(rows) * -(-ENOUGH // len(rows))
    few = many[: max(1, int(len(many) * SMALL_SHARE))]
    values: list[float] = []
    peak_mb = 0.0
    for _ in range(ROUNDS):
        small, large = classified(few), classified(many)
        values.append((large.cpu_s - small.cpu_s) / (len(many) - len(few)) * 1e6)
        peak_mb = max(peak_mb, large.peak_mb)
    note = f"least and most of {ROUNDS} rounds"
    taken = figure("CPU time a message, in batches", "µs", values, at_most(MOST_US), note)
    yield Finding(SECTION, taken, len(many))
    yield Finding(SECTION, figure("memory of the program at most", "MB", [peak_mb]), len(many))
    sizes = [path.stat().st_size for path in root.glob(MODELS)]
    if sizes:
        size = figure("model file", "MB", [sum(sizes) / 1e6], at_most(LARGEST_MODEL_MB))
        yield Finding(SECTION, size, len(sizes))


def steering(rows: Sequence[Mapping[str, Any]]) -> Finding:
    """How many answers change by instructions put into the text. Raises EvaluationError."""
    plain = classified(rows).answers
    tried = attacks([str(row["text"]) for row in rows])
    answers = classified([{**rows[number], "text": text} for number, text in tried]).answers
    changed = sum(
        _outcome(plain[number]) != _outcome(answer)
        for (number, _), answer in zip(tried, answers, strict=True)
    )
    note = f"{len(INSTRUCTIONS)} sentences in every message"
    name = "changed by instructions in the text"
    return Finding("steering", figure(name, "answers", [changed], at_most(0), note), len(tried))


def _outcome(answer: Mapping[str, Any]) -> list[Any]:
    return [answer[name] for name in OUTCOME]
