"""What is given to triage's own programs, and how the commands around them end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from cli.ending import READER_LEFT
from cli.triage.programs import asked
from devstack.problems import StackError
from tests.unit.triage.policies import folder, set_to


def test_a_program_whose_lines_fail_is_ended_and_tells_nothing(tmp_path: Path) -> None:
    fifo = tmp_path / "never-written"
    os.mkfifo(fifo)  # it would wait here for ever, lines or not
    failed: list[StackError] = []

    def lines() -> Iterator[bytes]:
        yield b'{"id": "T-1", "text": "x"}'
        raise StackError("the broker is gone", "start it")

    def ask() -> None:
        try:
            asked("replay", "--input", str(fifo), lines=lines())
        except StackError as error:
            failed.append(error)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    asking.join(20)
    assert not asking.is_alive()
    assert [error.message for error in failed] == ["the broker is gone"]


def test_lines_are_taken_one_by_one_and_no_more_than_are_wanted() -> None:
    taken = 0

    def lines() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b'{"id": "T-1", "text": "' + b"x" * 1000 + b'"}'

    answer, code = asked("explain", lines=lines())
    assert (answer["id"], code) == ("T-1", 0)
    assert taken < 10_000


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_output_that_nobody_reads_is_no_fault(tmp_path: Path, words: tuple[str, ...]) -> None:
    place = folder(tmp_path, set_to("model", "safety_from", 1.5))
    command = [sys.executable, "-m", "cli.main", "triage", "lint", "--policy", str(place), *words]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (READER_LEFT, b"")
    with_reader = subprocess.run(command, capture_output=True, check=False)
    assert with_reader.returncode == 1
