"""What the programs of this service that answer files have in common: options, exit codes, and
what is told when it can't be done. Used by `calendars` and `planning`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from runtime.lines import Answering, answer_lines, input_from, output_to
from runtime.policy import PolicyError

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "default"
DONE, SOME_REFUSED, NOT_DONE = 0, 1, 2


def run(
    name: str, about: str, answering_by: Callable[[Path], Answering], words: Sequence[str] | None
) -> int:
    """Answer a file by a folder of policies; the exit code."""
    given = _options(name, about).parse_args(words)
    try:
        answering = answering_by(given.policy)
        with input_from(given.input) as source, output_to(given.output) as target:
            answered, refused = answer_lines(source, target, answering)
    except PolicyError as error:
        return _not_done(f"the policy can't be used\n{error}", "--policy names another folder.")
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
        _tell(f"{refused} of {answered} lines have no answer", 'They got an "error" instead.')
    return SOME_REFUSED if refused else DONE


def _options(name: str, about: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description=about)
    parser.add_argument("--input", required=True, help="Questions; - is standard input.")
    parser.add_argument("--output", required=True, help="Answers; - is standard output.")
    parser.add_argument("--policy", type=Path, default=POLICIES, help="Folder of policy files.")
    return parser


def _not_done(reason: str, advice: str) -> int:
    _tell(f"not done: {reason}", advice)
    return NOT_DONE


def _tell(what: str, advice: str) -> None:
    sys.stderr.write(f"{what}\n  → {advice}\n")
