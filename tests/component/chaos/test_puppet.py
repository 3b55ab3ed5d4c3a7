"""The puppet's hooks in processes of their own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import CompletedProcess, run

from chaos.faults.inside import vanished
from chaos.puppet.pipe import SAID

ROOT = Path(__file__).resolve().parents[3]


def _ran(program: str) -> CompletedProcess[str]:
    """In a process of its own: hooks stay in the modules that they are put over."""
    ended = run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended


def test_everything_that_is_hooked_is_there() -> None:
    """The safeguards that defects take away, too."""
    _ran(
        "from chaos.defective import DEFECTS\n"
        "from chaos.puppet.acts import acts_of\n"
        "from schemas.topics import SERVICES\n"
        "for defect in DEFECTS.values(): defect()\n"
        "for service in SERVICES: acts_of(service)"
    )


def test_the_wall_clock_moves_and_durations_do_not() -> None:
    ended = _ran(
        "import json, time\n"
        "from chaos.puppet.clock import WallClock\n"
        "from runtime import clock\n"
        "shown = WallClock()\n"
        "shown.hook()\n"
        "before = clock.monotonic_s()\n"
        "told = shown.move(print, ahead_s=-3600)\n"
        "wall = [told['now_s'], clock.unix_s(), clock.unix_ns() / 1e9, (clock.new_id().int >> 80)"
        " / 1000]\n"
        "print(json.dumps([time.time() - each for each in wall] + [clock.monotonic_s() - before]))"
    )
    assert [round(each / 60) for each in json.loads(ended.stdout)] == [60, 60, 60, 60, 0]


def test_a_clogged_log_pipe_holds_nobody_and_what_is_dropped_is_counted() -> None:
    ended = _ran(
        "import asyncio, json\n"
        "from chaos.puppet.loop import Loop\n"
        "from chaos.puppet.pipe import LogPipe\n"
        "from runtime.logs import set_up\n"
        "async def main():\n"
        "    loop = Loop()\n"
        "    loop._note()\n"
        "    print(json.dumps(await asyncio.to_thread(LogPipe(loop).clog, print, 2.0)))\n"
        "set_up('sla', 'INFO')\n"
        "asyncio.run(main())"
    )
    answer = json.loads(ended.stdout)
    assert answer["turned_s"] < 2.0
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    told = [line["number"] for line in lines if line["event"] == SAID]
    dropped = sum(line["dropped"] for line in lines if line["event"] != SAID)
    assert dropped
    assert len(told) + dropped == answer["lines"]
    assert told == list(range(len(told)))
    assert vanished(told, dropped, answer["lines"]) == 0
