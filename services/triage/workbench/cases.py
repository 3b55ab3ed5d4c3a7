"""`python -m services.triage.workbench.cases`: reads the cases that a shop keeps beside its policy
and compares the answers with what is expected. Started by `aftercare triage test`.

Exit code 0: all as expected; 1: some were not, or a line is no case; 2: not done.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from runtime.clock import wall_now
from runtime.policy import PolicyError
from schemas.triage import Emotion, Nature, Route
from schemas.values import Level, ProblemClass
from services.triage.answers import DEMANDS, Answers
from services.triage.messages import BadLineError, is_blank_line, message_of, ticket_of
from services.triage.model import ModelError
from services.triage.workbench.readers import Ready, not_done, options, ready, told
from services.triage.workbench.recorded import MARK

FILE = "triage.cases.jsonl"
RULES = "rules"
"""Names that must be among the reasons; all other fields are those of an answer."""
SETS = {"also", "demands", RULES}
"""Fields whose order says nothing."""
VALUES: Mapping[str, tuple[Any, ...]] = {
    "class": get_args(ProblemClass),
    "also": get_args(ProblemClass),
    "nature": get_args(Nature),
    "level": get_args(Level),
    "emotion": get_args(Emotion),
    "demands": tuple(dict.fromkeys(DEMANDS.values())),
    "safety": (True, False),
    "threat": (True, False),
    "route": get_args(Route),
}
FREE = {"subtype", RULES}


class BadCaseError(Exception):
    """A line is no case; says why."""


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    parser = options("test", "Compares answers with what a shop expects.")
    parser.add_argument("--cases", type=Path, default=None, help=f"Default: the policy's {FILE}.")
    given = parser.parse_args(words)
    path: Path = given.cases or given.policy / FILE
    try:
        lines = path.read_bytes().removeprefix(MARK).splitlines()
        answer = tested(lines, ready(given.policy, given.model))
    except (OSError, PolicyError, ModelError) as error:
        return not_done(str(error))
    if not answer["cases"]:
        return not_done(f"{path} holds no case: nothing would ever fail")
    told({"cases_file": str(path), **answer})
    return 0 if answer["passed"] == answer["cases"] else 1


def tested(lines: Sequence[bytes], by: Ready) -> dict[str, Any]:
    """Every case with what differs. Lines of blanks are none."""
    answered = _answering(by)
    failed = []
    count = 0
    for number, line in enumerate(lines, 1):
        if is_blank_line(line):
            continue
        count += 1
        try:
            differences = [*differences_of(line, answered)]
            name = _id_of(line)
        except BadCaseError as error:
            failed.append({"id": _id_of(line), "line": number, "error": str(error)})
            continue
        if differences:
            failed.append({"id": name, "line": number, "differences": differences})
    return {**by.named, "cases": count, "passed": count - len(failed), "failed": failed}


Answering = Callable[[bytes], dict[str, Any]]


def differences_of(line: bytes, answered: Answering) -> Iterator[dict[str, Any]]:
    """Fields of a case whose answer is another one. Raises BadCaseError."""
    expected = _expected(line)
    try:
        answer = answered(line)
    except BadLineError as error:
        raise BadCaseError(str(error)) from error
    spoke = [name for reason in answer["reasons"] for name in _names(reason)]
    for field, wanted in expected.items():
        if field == RULES:
            missing = [rule for rule in wanted if rule not in spoke]
            if missing:
                yield _difference(field, missing, spoke, answer)
        elif _comparable(field, wanted) != _comparable(field, answer[field]):
            yield _difference(field, wanted, answer[field], answer)


def _answering(by: Ready) -> Answering:
    answers, now = Answers(by.triager.rules), wall_now()

    def answered(line: bytes) -> dict[str, Any]:
        message = message_of(line)
        dated = message.at is not None
        return answers.answer(message, by.triager.verdict(ticket_of(message, now), dated))

    return answered


def _expected(line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadCaseError(f"the line is no JSON: {error}") from error
    expected = content.get("expect") if isinstance(content, dict) else None
    if not isinstance(expected, dict) or not expected:
        raise BadCaseError("expect: an object of fields and their values is wanted")
    for field, wanted in expected.items():
        if field not in VALUES.keys() | FREE:
            raise BadCaseError(f"expect: no answer has a field {field}")
        if (field in SETS) != isinstance(wanted, list):
            kind = "a list" if field in SETS else "a single value"
            raise BadCaseError(f"expect.{field}: {kind} is wanted")
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if field in VALUES and not _among(one, VALUES[field]):
                raise BadCaseError(f"expect.{field}: no such value: {one}")
    return expected


def _among(value: Any, known: Sequence[Any]) -> bool:
    # 1 is no true here, though Python takes it for one.
    return any(value == one and type(value) is type(one) for one in known)


def _comparable(field: str, value: Any) -> Any:
    return sorted(value) if field in SETS else value


def _names(reason: Mapping[str, str]) -> list[str]:
    return [value for kind, value in reason.items() if kind in {"rule", "order", "ngram"}]


def _difference(field: str, wanted: Any, got: Any, answer: Mapping[str, Any]) -> dict[str, Any]:
    first = answer["reasons"][0]
    return {"field": field, "expected": wanted, "got": got, "because": first["text_en"]}


def _id_of(line: bytes) -> Any:
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return content.get("id") if isinstance(content, dict) else None


if __name__ == "__main__":
    sys.exit(main())
