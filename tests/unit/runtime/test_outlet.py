"""Log lines leave the process in order, and nobody waits for whoever reads them."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from subprocess import run
from threading import Event, Thread

from runtime.outlet import Outlet

ROOT = Path(__file__).resolve().parents[3]


class Pipe:
    """A pipe whose reader decides when it reads."""

    def __init__(self) -> None:
        self.reading, self.writing = os.pipe()
        self.reads = Event()
        self.text = b""
        self._thread = Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        self.reads.wait()
        while data := os.read(self.reading, 65_536):
            self.text += data
        os.close(self.reading)

    def ended(self) -> list[str]:
        """All lines, once nobody writes any more."""
        self.reads.set()
        os.close(self.writing)
        self._thread.join()
        return self.text.decode().splitlines()


def test_lines_come_out_in_their_order() -> None:
    pipe = Pipe()
    outlet = Outlet("sla", pipe.writing)
    pipe.reads.set()
    for number in range(1000):
        outlet.write(f"{number}\n")
    outlet.close()
    outlet.close()
    assert pipe.ended() == [str(number) for number in range(1000)]


def test_when_nobody_reads_lines_are_dropped_and_counted() -> None:
    pipe = Pipe()
    outlet = Outlet("sla", pipe.writing, most_lines=20)
    wide = "x" * 8_000
    for number in range(500):
        outlet.write(f"{number} {wide}\n")
    pipe.reads.set()
    outlet.close()
    lines = pipe.ended()
    told = [json.loads(line) for line in lines if line.startswith("{")]
    kept = [int(line.split()[0]) for line in lines if not line.startswith("{")]
    assert kept == sorted(kept)
    assert len(kept) < 500
    assert sum(entry["dropped"] for entry in told) == 500 - len(kept)
    assert {(entry["event"], entry["service"]) for entry in told} == {("log lines dropped", "sla")}


def test_a_reader_that_is_gone_stops_nobody() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    outlet = Outlet("sla", writing)
    outlet.write("one\n")
    outlet.close()
    os.close(writing)


def test_a_descriptor_that_does_not_block_is_waited_for() -> None:
    pipe = Pipe()
    os.set_blocking(pipe.writing, False)
    outlet = Outlet("sla", pipe.writing)
    for number in range(3000):
        outlet.write(f"{number} {'x' * 100}\n")
    pipe.reads.set()
    outlet.close()
    assert [int(line.split()[0]) for line in pipe.ended()] == list(range(3000))


def test_what_comes_after_the_end_is_written_at_once() -> None:
    pipe = Pipe()
    outlet = Outlet("sla", pipe.writing)
    outlet.close()
    outlet.write("late\n")
    assert pipe.ended() == ["late"]


def test_what_could_not_be_written_is_told_when_it_can() -> None:
    pipe, full = Pipe(), os.open("/dev/full", os.O_WRONLY)
    outlet = Outlet("sla", full)
    for number in range(3):
        outlet.write(f"{number}\n")
    outlet.close()
    os.dup2(pipe.writing, full)
    outlet.write("late\n")
    os.close(full)
    late, told = pipe.ended()
    assert (late, json.loads(told)["dropped"]) == ("late", 3)


def test_half_a_line_does_not_spoil_the_next(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (tmp_path / "log").open("wb") as file:
        outlet = Outlet("sla", file.fileno())
        outlet.close()
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        try:
            outlet.write("x" * 20_000 + "\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        outlet.write("next\n")
    half, whole, told = (tmp_path / "log").read_text().splitlines()
    assert (half, whole, json.loads(told)["dropped"]) == ("x" * 10_000, "next", 1)


def test_the_last_lines_of_a_process_are_written() -> None:
    program = (
        "import logging\nfrom runtime.logs import logger, set_up\nset_up('sla', 'INFO')\n"
        "for number in range(300): logger('m').info('said', number=number)\n"
        "logging.getLogger('library').warning('slow')\n"
        "raise SystemExit(3)"
    )
    ended = run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["number"] for line in lines[:-1]] == list(range(300))
    assert lines[-1]["event"] == "slow"
    assert ended.returncode == 3
