"""A run holds only if every fault was really there and every promise was kept."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

from rich.console import Console

from chaos.pulse import Beat, gap_s, recovered_s, timed
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


def test_the_gap_is_the_longest_time_without_a_new_record() -> None:
    looks = ((1, 5), (2, 10), (3, 10), (4, None), (7, 10), (8, 12), (9, 20), (30, 20))
    beats = [Beat(at_s, 0, records) for at_s, records in looks]
    assert gap_s(beats, begun_s=2.5, until_s=9.0) == 5.5
    assert gap_s(beats, begun_s=9.0, until_s=30.0) == 21.0
    assert gap_s([], begun_s=2.0, until_s=5.0) == 3.0
    (hit,) = timed([replace(HIT, recovered_s=None)], beats, enough=0)
    assert (hit.recovered_s, hit.gap_s) == (0.5, 5.0)


def test_kills_codes_and_what_this_machine_cannot_do_are_told() -> None:
    hits = (HIT, replace(HIT, code="X16"), replace(HIT, code="X6"), replace(HIT, missed="gone"))
    verdict = replace(GOOD, hits=hits, impossible={"X20": "no right to mount"}, per_s=12.0)
    assert (verdict.kills, verdict.codes) == (2, ("X1", "X6", "X16"))
    assert replace(GOOD, impossible={"X20": "no right to mount"}).holds
    line = json.loads(json.dumps(verdict.as_line()))
    assert (line["seed"], line["kills"], line["slowest_recovery_s"]) == (7, 2, 2.0)
    assert (line["codes"], line["impossible"]) == (["X1", "X6", "X16"], ["X20"])
    console = Console(width=150, record=True, file=StringIO())
    show(verdict, console)
    assert "X20 not possible here: no right to mount" in console.export_text()
