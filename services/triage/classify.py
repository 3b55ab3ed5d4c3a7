"""`python -m services.triage.classify --input FILE --output FILE`: reads messages, one JSON
object a line, and answers each with its triage. Started by `aftercare triage classify`.

Needs neither broker nor database nor variables. Exit code 0: all answered; 1: some lines were no
message, their answer has an `error`; 2: it could not be done.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

from runtime.clock import wall_now
from runtime.policy import PolicyError, load_policy
from services.triage.answers import Answers
from services.triage.domain import Triager
from services.triage.messages import BadLineError, is_blank_line, message_of, ticket_of
from services.triage.model import LinearScorer, ModelError, finder_of, load
from services.triage.policy import TriagePolicy

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "default"
STANDARD = "-"
LONGEST_LINE = 1_000_000
"""Bytes: a text of the greatest length, fully escaped, has a quarter of it."""
WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")

Answering = Callable[[bytes], dict[str, object]]
"""A line's answer. Raises BadLineError."""


class NoInputError(Exception):
    """The input as a whole can't be read: what is wrong with it, and what helps."""

    def __init__(self, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.advice = advice


def main(words: Sequence[str] | None = None) -> int:
    """Exit code of the process."""
    given = _options().parse_args(words)
    try:
        answering = answering_by(given.policy, wall_now())
        with _source(given.input) as source:
            _refuse_same(source, given.output)
            with _target(given.output) as target:
                answered, refused = classify(source, target, answering)
    except PolicyError as error:
        return _not_done(f"the policy can't be used: {error}", "--policy names another folder.")
    except ModelError as error:
        return _not_done("the model can't be used", str(error))
    except NoInputError as error:
        return _not_done(str(error), error.advice)
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

    def answering(line: bytes) -> dict[str, object]:
        message = message_of(line)
        verdict = triager.verdict(ticket_of(message, now), dated=message.at is not None)
        return answers.answer(message, verdict)

    return answering


def classify(source: BinaryIO, target: BinaryIO, answering: Answering) -> tuple[int, int]:
    """Answer line by line, in their order; how many there were, and how many no message.

    Lines of nothing but blanks are none, yet counted in the line numbers that errors tell. Never
    holds more than one of them. Raises NoInputError before anything is written.
    """
    count = refused = 0
    for number, line in enumerate(_lines(source), 1):
        if number == 1:
            _refuse_wide(line)
        long = len(line) > LONGEST_LINE
        if not long and is_blank_line(line):
            continue
        try:
            if long:
                raise BadLineError(f"the line is longer than {LONGEST_LINE} bytes")
            answer = answering(line)
        except BadLineError as error:
            answer = {"id": error.known_id, "error": f"line {number}: {error}"}
            refused += 1
        target.write(_written(answer))
        count += 1
    target.flush()
    return count, refused


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """Of one that is too long its beginning, longer than the longest; the rest is passed over."""
    while line := source.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = source.readline(LONGEST_LINE + 1)


def _refuse_wide(first: bytes) -> None:
    """Each half line of such a file would be an error of its own."""
    if first.startswith(WIDE_MARKS) or b"\0" in first[:2]:
        advice = "Save it as UTF-8, or: iconv -f UTF-16 -t UTF-8 FILE | … --input -"
        raise NoInputError("the input is written in UTF-16 (or -32), not UTF-8", advice)


def _refuse_same(source: BinaryIO, output: str) -> None:
    """Answers in place of the messages that they answer would lose them."""
    try:
        read = os.fstat(source.fileno())
        written = os.stat(sys.stdout.fileno() if output == STANDARD else output)
    except OSError:  # not there yet, or no file at all
        return
    if stat.S_ISREG(read.st_mode) and os.path.samestat(read, written):
        advice = "--output names another file; this one was left as it was."
        raise NoInputError("input and output are the same file", advice)


def _written(answer: dict[str, object]) -> bytes:
    # Half of a surrogate pair can stand in an id only; it comes back as it was, escaped.
    try:
        return json.dumps(answer, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(answer).encode() + b"\n"


@contextmanager
def _target(name: str) -> Iterator[BinaryIO]:
    """Where answers go. A file appears, or is replaced, once it is whole; never in between."""
    if name == STANDARD:
        yield sys.stdout.buffer
        return
    path = Path(name).resolve()
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    if path.exists() and not path.is_file():  # a pipe or a device
        with path.open("wb") as target:
            yield target
        return
    # Short, so that every name that a file may have can be given.
    part = path.with_name(f".{crc32(os.fsencode(path.name)):08x}.{os.getpid()}.part")
    try:
        opened = part.open("xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with opened as target:
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
