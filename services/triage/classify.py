"""`python -m services.triage.classify --input FILE --output FILE`: reads messages, one JSON
object a line, and answers each with its triage. Started by `aftercare triage classify`.

Needs neither broker nor database nor variables. Exit code 0: all answered; 1: some lines were no
message, their answer has an `error`; 2: it could not be done.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from runtime.clock import wall_now
from runtime.policy import PolicyError, load_policy
from services.triage.answers import Answers
from services.triage.domain import Triager
from services.triage.messages import BadLineError, message_of, ticket_of
from services.triage.model import LinearScorer, ModelError, finder_of, load
from services.triage.policy import TriagePolicy

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "default"
STANDARD = "-"
LONGEST_LINE = 1_000_000
"""Bytes: a text of the greatest length, fully escaped, has a quarter of it."""
MARK = b"\xef\xbb\xbf"
"""What some editors put at the start of a file in UTF-8."""

Answering = Callable[[bytes], tuple[bytes, bool]]
"""A line's answer, and whether the line was a message."""


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    given = _options().parse_args(words)
    try:
        answering = answering_by(given.policy, wall_now())
        with _source(given.input) as source, _target(given.output) as target:
            answered, refused = classify(source, target, answering)
    except PolicyError as error:
        return _not_done(f"the policy can't be used: {error}", "--policy names another folder.")
    except ModelError as error:
        return _not_done("the model can't be used", str(error))
    except BrokenPipeError:
        # What is still in the buffer would be tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _not_done("nobody reads the output any more", "Write to a file: --output FILE.")
    except OSError as error:
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return _not_done(reason, "Does the file exist, and may it be read or written?")
    except KeyboardInterrupt:
        return _not_done("it was ended early", "No output file was written; start it again.")
    if refused:
        _tell(f"{refused} of {answered} lines could not be read", 'Their answers have an "error".')
    return 1 if refused else 0


def answering_by(policies: Path, now: datetime) -> Answering:
    """Answers lines by that folder's policy and the shipped model, messages without a time as of
    `now`. Raises PolicyError, ModelError."""
    rules = load_policy(policies, "triage", TriagePolicy)
    triager = Triager(rules, LinearScorer(load()), finder_of)
    answers = Answers(triager.rules)

    def answering(line: bytes) -> tuple[bytes, bool]:
        try:
            message = message_of(line)
        except BadLineError as error:
            return _written({"id": error.known_id, "error": str(error)}), False
        verdict = triager.verdict(ticket_of(message, now), dated=message.at is not None)
        return _written(answers.answer(message, verdict)), True

    return answering


def classify(source: BinaryIO, target: BinaryIO, answering: Answering) -> tuple[int, int]:
    """Answer line by line, in their order; how many there were, and how many no message.

    Lines of nothing but blanks are none. Never holds more than one of them.
    """
    count = refused = 0
    for line in _lines(source):
        if line is None:
            reason = f"the line is longer than {LONGEST_LINE} bytes"
            answer, good = _written({"id": None, "error": reason}), False
        elif line.isspace() or not line:
            continue
        else:
            answer, good = answering(line)
        target.write(answer)
        count += 1
        refused += not good
    target.flush()
    return count, refused


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """None for one that is too long; the rest of it is passed over."""
    first = True
    while line := source.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = source.readline(LONGEST_LINE)
            yield None
        else:
            yield line.removeprefix(MARK) if first else line
        first = False


def _written(answer: dict[str, object]) -> bytes:
    # Half of a surrogate pair can stand in an id only; it comes back as it was, escaped.
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer).encode() + b"\n"


@contextmanager
def _target(name: str) -> Iterator[BinaryIO]:
    """Where answers go. A file appears, or is replaced, once it is whole; never in between."""
    path = Path(name).resolve()
    if name == STANDARD:
        yield sys.stdout.buffer
        return
    if path.exists() and not path.is_file():  # a pipe or a device
        with path.open("wb") as target:
            yield target
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as target:
            yield target
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _source(name: str) -> nullcontext[BinaryIO] | BinaryIO:
    return nullcontext(sys.stdin.buffer) if name == STANDARD else Path(name).open("rb")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aftercare triage classify",
        description="Reads messages, one JSON object a line, and answers each with its triage.",
    )
    parser.add_argument("--input", required=True, help="Messages; - is standard input.")
    parser.add_argument("--output", required=True, help="Answers; - is standard output.")
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of policy files.")
    return parser


def _not_done(reason: str, advice: str) -> int:
    _tell(f"not classified: {reason}", advice)
    return 2


def _tell(what: str, advice: str) -> None:
    sys.stderr.write(f"{what}\n  → {advice}\n")


if __name__ == "__main__":
    sys.exit(main())
