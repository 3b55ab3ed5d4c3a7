"""A run holds only if every fault was really there and every promise was kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from chaos.pulse import Beat, Pulse, coming_per_s, gap_s, recovered_s, timed
from chaos.table import show
from chaos.verdict import BESIDE, JUDGED, Hit, Verdict, in_order
from cli.demo.summary import Check
from cli.verify.run import CHECKS

HIT = Hit("X1", "sla", "pid 1 -> 2", 3.0, 7.5, 2.0)
FINE = tuple(Check(code, "what is promised", "holds", {"tickets": 10}) for code in JUDGED)
BESIDES = tuple(Check(code, "else", "not_applicable", note="not yet") for code in sorted(BESIDE))
GOOD = Verdict(
    7, 60.0, (HIT,), 100, 100, 1000, (*FINE, *BESIDES), per_s=12.0, several=40, decisions=20
)


def without(code: str, *instead: Check) -> tuple[Check, ...]:
    return (*(check for check in GOOD.checks if check.code != code), *instead)


def test_all_well() -> None:
    assert GOOD.holds
    assert not GOOD.reasons
    assert json.loads(json.dumps(GOOD.as_json()))["holds"]


def test_a_run_is_judged_by_every_check_that_there_is() -> None:
    assert len(JUDGED) == len(CHECKS) == 22


def test_what_a_run_is_not_judged_by_is_no_more_than_this() -> None:
    assert BESIDE == {"I20", "I21", "I23", "I25", "I26", "I27"}


def test_what_was_asked_for_may_be_impossible_here() -> None:
    assert replace(GOOD, asked=("X1", "X20"), impossible={"X20": "no right to mount"}).holds


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"checks": without("I5", Check("I5", "", "broken", {}, ("t-1",)))}, "I5 broken"),
        ({"hits": (HIT, replace(HIT, missed="NotHitError: nobody waited"))}, "X1 not hit"),
        ({"hits": (HIT, replace(HIT, broke="answered with [500]"))}, "X1 broken"),
        ({"hits": ()}, "nothing was struck"),
        ({"problem": "it does not come to rest"}, "it does not come to rest"),
        ({"acknowledged": 98}, "2 of 100 complaints never acknowledged"),
        ({"arrivals": 0, "acknowledged": 0}, "no complaint was sent"),
        ({"several": 0}, "no key had several operations: nothing could change its place"),
        ({"decisions": 0}, "no decision was applied: no money moved"),
        ({"unheard": 3}, "3 messages, replies or decisions never acknowledged"),
        ({"differed": 2}, "2 repeats ended otherwise than what they repeat"),
        ({"asked": ("X1", "X7")}, "X7 asked for, and never struck"),
        ({"checks": ()}, "nothing was judged"),
        ({"checks": without("I28")}, "I28 not judged: nobody looked"),
        (
            {"checks": without("I28", Check("I28", "", "not_applicable", note="no journal"))},
            "I28 not judged: no journal",
        ),
    ],
)
def test_what_spoils_a_run(changed: dict[str, Any], reason: str) -> None:
    spoiled = replace(GOOD, **changed)
    assert not spoiled.holds
    assert spoiled.reasons == (reason,)
    line = json.loads(json.dumps(spoiled.as_line()))
    assert (line["holds"], line["reasons"]) == (False, [reason])


def test_a_run_that_never_began_says_only_why() -> None:
    blank = Verdict(7, 60.0, (), 0, 0, 0, (), problem="postgres ended while starting")
    assert blank.reasons == ("postgres ended while starting",)


def test_a_promise_that_is_not_kept_under_a_fault_is_broken_and_the_fault_was_hit() -> None:
    verdict = replace(GOOD, hits=(replace(HIT, broke="answered with [500]"),))
    assert [check.code for check in verdict.broken] == ["X1"]
    assert verdict.codes == ("X1",)
    assert not verdict.missed
    assert "answered with [500]" in told_of(verdict)


def told_of(verdict: Verdict) -> str:
    console = Console(width=150, record=True, file=StringIO())
    show(verdict, console)
    return console.export_text()


def test_a_run_that_does_not_hold_says_why_where_and_how_to_do_it_again() -> None:
    broken = without("I1", Check("I1", "every intake is a ticket", "broken", {}, ("t-1",)))
    hits = (replace(HIT, missed="[gone]", recovered_s=None),)
    text = told_of(
        replace(GOOD, checks=broken, hits=hits, logs="/runs/logs", asked=("X1", "X7"), per_s=0.5)
    )
    assert "I1 broken: every intake is a ticket" in text
    assert "not hit: [gone]" in text
    assert "never" in text
    assert "does not hold: I1 broken; X1 not hit" in text
    assert "logs: /runs/logs" in text
    assert "again: aftercare chaos --seed 7 --seconds 60 --per-s 0.5 --faults X1,X7" in text
    assert "no room in this plan for: X7" in text


def test_a_run_that_holds_says_what_nobody_judged() -> None:
    text = told_of(GOOD)
    assert f"holds: all {len(JUDGED)} invariants" in text
    assert all(f"{code} not judged: not yet" in text for code in BESIDE)
    assert "again:" not in text


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


def test_behind_what_never_recovered_the_gap_reaches_to_the_last_look() -> None:
    beats = [Beat(at_s, 900, min(at_s, 6) * 10) for at_s in range(1, 31)]
    (hit,) = timed([HIT], beats, enough=50)
    assert (hit.recovered_s, hit.gap_s) == (None, 24.0)


def test_what_comes_in_a_second_is_what_the_whole_load_led_to() -> None:
    looks = ((0, None), (1, 400), (60, 1000), (61, None), (75, 1240), (76, None))
    beats = [Beat(at_s, 0, records) for at_s, records in looks]
    assert coming_per_s(beats, 60.0) == 14.0
    assert coming_per_s([Beat(1, None)], 60.0) == 0.0


def test_kills_codes_and_what_this_machine_cannot_do_are_told() -> None:
    hits = (HIT, replace(HIT, code="X16"), replace(HIT, code="X6"), replace(HIT, missed="gone"))
    verdict = replace(GOOD, hits=hits, impossible={"X20": "no right to mount"})
    assert (verdict.kills, verdict.codes) == (2, ("X1", "X6", "X16"))
    assert replace(GOOD, impossible={"X20": "no right to mount"}).holds
    line = json.loads(json.dumps(verdict.as_line()))
    assert (line["seed"], line["kills"], line["slowest_recovery_s"]) == (7, 2, 2.0)
    assert (line["codes"], line["impossible"]) == (["X1", "X6", "X16"], ["X20"])
    assert "X20 not possible here: no right to mount" in told_of(verdict)


def test_a_line_tells_what_was_asked_of_which_state_of_the_project() -> None:
    verdict = replace(GOOD, asked=("X1", "X7"), scale=12.0, version="0.1.0 abc")
    line = json.loads(json.dumps(verdict.as_line()))
    assert (line["asked"], line["scale"], line["version"]) == (["X1", "X7"], 12.0, "0.1.0 abc")
    assert line["not_judged"] == list(in_order(BESIDE))
    assert line["never_recovered"] == []


async def test_what_ends_the_looking_is_raised_when_the_run_is_over() -> None:
    nowhere: Any = None
    passed = []

    async def run() -> None:
        async with Pulse(nowhere, nowhere).feeling():
            await asyncio.sleep(0)
            passed.append(True)

    with pytest.raises(AttributeError):
        await run()
    assert passed
