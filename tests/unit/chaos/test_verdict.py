"""A run holds only if every fault was really there and every promise was kept."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

from rich.console import Console

from chaos.pulse import Beat, recovered_s
from chaos.verdict import Hit, Verdict, show
from cli.demo.summary import Check

HIT = Hit("X1", "sla", "pid 1 -> 2", 3.0, 7.5, 2.0)
FINE = Check("I1", "every intake is a ticket", "holds", {"tickets": 10}, (), "")
GOOD = Verdict(7, 60.0, (HIT,), 100, 100, 1000, (FINE,))


def test_all_well() -> None:
    assert GOOD.holds
    assert json.loads(json.dumps(GOOD.as_json()))["holds"]


def test_what_spoils_a_run() -> None:
    broken = replace(FINE, outcome="broken", offenders=("t-1",))
    missed = replace(HIT, missed="NotHitError: nobody waited")
    assert not replace(GOOD, checks=(broken,)).holds
    assert not replace(GOOD, hits=(HIT, missed)).holds
    assert not replace(GOOD, hits=()).holds
    assert not replace(GOOD, problem="it does not come to rest").holds


def test_it_is_told_to_people() -> None:
    console = Console(width=150, record=True, file=StringIO())
    broken = replace(FINE, outcome="broken", offenders=("t-1",))
    show(replace(GOOD, checks=(broken,), hits=(replace(HIT, missed="[gone]"),)), console)
    text = console.export_text()
    assert "I1 broken" in text
    assert "not hit: [gone]" in text


def test_the_backlog_is_gone_at_the_first_calm_look_behind_the_healing() -> None:
    beats = [Beat(1, 0), Beat(5, None), Beat(6, 900), Beat(7, 20), Beat(8, 0)]
    assert recovered_s(beats, healed_s=4.5, enough=50) == 2.5
    assert recovered_s(beats, healed_s=9.0, enough=50) is None
