"""Messages that people labelled, and what the shipped program answers to them."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devstack.settings import ROOT

PROGRAM = "services.triage.classify"
LABELLED = "gold_dev.jsonl"
UNLABELLED = "pool_public.jsonl"
GIVEN = ("text", "channel", "order", "at")
"""What the program is shown of a line: never its labels."""


class EvaluationError(Exception):
    """The figures can't be taken; the text says why."""


class Labels(BaseModel):
    """What people said about a message."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    problem_class: str = Field(alias="class")
    also: tuple[str, ...] = ()
    level: str
    emotion: str
    demands: tuple[str, ...] = ()
    safety: bool
    threat: bool
    lang: str = "zh"
    source: str = "unnamed"

    @property
    def origin(self) -> str:
        """The source without its parts."""
        return (self.source.split("/")[0].split() or ["unnamed"])[0]


@dataclass(frozen=True, slots=True)
class Case:
    """A message's labels beside the answer."""

    labels: Labels
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """Answers of one run of the program, its CPU seconds and the most memory of any run so far."""

    answers: list[dict[str, Any]]
    cpu_s: float
    peak_mb: float


def read(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, one a line. Raises EvaluationError."""
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path.name} can't be read: {error}") from error


def labels_of(rows: Sequence[Mapping[str, Any]]) -> list[Labels]:
    """Their labels. Raises EvaluationError."""
    found: list[Labels] = []
    for number, row in enumerate(rows, 1):
        try:
            found.append(Labels.model_validate(row))
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
            raise EvaluationError(f"line {number} lacks clear labels: {fields}") from error
    return found


def classified(messages: Iterable[Mapping[str, Any]]) -> Run:
    """What the program answers, in order. Raises EvaluationError."""
    with TemporaryDirectory(prefix="aftercare-eval-") as folder:
        given, answers = Path(folder, "given.jsonl"), Path(folder, "answers.jsonl")
        with given.open("w", encoding="utf-8") as file:
            for number, message in enumerate(messages):
                shown = {name: message[name] for name in GIVEN if name in message}
                file.write(json.dumps({"id": number, **shown}, ensure_ascii=False) + "\n")
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM, "--input", str(given), "--output", str(answers)],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise EvaluationError(done.stderr.decode(errors="replace").strip())
        cpu_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        return Run(read(answers), cpu_s, used.ru_maxrss / 1024)


def judged(rows: Sequence[Mapping[str, Any]]) -> list[Case]:
    """Each message's labels beside its answer. Raises EvaluationError."""
    labels = labels_of(rows)
    return [Case(*pair) for pair in zip(labels, classified(rows).answers, strict=True)]
