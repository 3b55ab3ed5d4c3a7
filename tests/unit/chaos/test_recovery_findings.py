"""Each figure stands beside its target; what never came back, or was not hit, is short of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from benchmarks.figures import Report
from chaos.recovery import desk, stream
from chaos.recovery.agreed import HEARD, POISON
from chaos.recovery.cases import NAMES, Aimed
from chaos.recovery.findings import (
    PoisonRound,
    Rate,
    Recovery,
    Woken,
    add_poison,
    add_recoveries,
    add_woken,
    without_value,
)
from cli.demo.summary import Check
from schemas.registry import read_event

BACK = Recovery("service-killed", "pid", 50, Rate(50, 500), Rate(49.5, 495), 4.0, 1.0, 7.0)
ROUND = PoisonRound([100.0] * 99 + [200.0], [110.0] * 100, 10, [6] * 10, 0)
FINE = Check("I7", "in order", "holds")
WOKEN = Woken("frozen", refused=3)
POISONED = [
    "poison: added to the p99 of other keys",
    "poison: most tries",
    "poison: other keys' messages left undone",
]


def reached(report: Report) -> dict[str, bool | None]:
    return {each.name.rpartition(": ")[2]: each.reached for each in report.figures}


def test_what_came_back_is_counted() -> None:
    report = Report("recovery")
    slow = replace(BACK, name="slow", after=Rate(40, 400), gone_s=None)
    gone = replace(BACK, name="missed", missed="NotHitError: it was not there")
    add_recoveries(report, [BACK, slow, gone])
    found = {each.name: each for each in report.figures}
    assert found["service-killed: throughput"].value == 99
    assert found["service-killed: throughput"].reached
    assert found["service-killed: backlog gone"].reached
    for name in ("slow", "missed"):
        assert found[f"{name}: throughput"].reached is False
        assert found[f"{name}: backlog gone"].reached is False
    assert "it was not there" in found["missed: throughput"].note
    assert (found["throughput back"].value, found["throughput back"].reached) == (1, False)
    assert not report.notes


def test_a_share_of_little_is_told_as_such() -> None:
    report = Report("recovery")
    add_recoveries(report, [BACK, replace(BACK, name="slow before", before=Rate(40, 400))])
    (note,) = report.notes
    assert note.endswith(": slow before")


@pytest.mark.parametrize(
    ("check", "woken", "expected"),
    [
        (FINE, WOKEN, True),
        (replace(FINE, outcome="broken", offenders=("a", "b")), WOKEN, False),
        (replace(FINE, code="I17", outcome="broken", offenders=("a",)), WOKEN, True),
        (FINE, replace(WOKEN, missed="it was not there"), False),
        (FINE, replace(WOKEN, refused=0), False),
    ],
)
def test_zombies_are_judged_by_what_they_would_break(
    check: Check, woken: Woken, expected: bool
) -> None:
    report = Report("recovery")
    add_woken(report, woken, [check])
    refused = woken.refused > 0
    assert reached(report) == {"effects": expected, "refused by the fence": refused}
    measured = refused and not woken.missed
    assert without_value(report) == ([] if measured else ["zombie: effects"])


def test_what_was_not_hit_or_never_came_back_has_no_value() -> None:
    report = Report("recovery")
    add_recoveries(report, [BACK, replace(BACK, name="stuck", gone_s=None)])
    assert without_value(report) == ["stuck: backlog gone"]
    add_poison(report, [replace(ROUND, tries=[])])
    assert without_value(report)[1:] == ["poison: most tries"]


def test_what_was_never_reached_has_no_value_and_counts_as_not_back() -> None:
    report = Report("recovery")
    add_recoveries(report, [BACK], ["stopped"], "it does not come to rest")
    add_woken(report, replace(WOKEN, missed="it does not come to rest"), [])
    add_poison(report, [], "not measured: no broker")
    unknown = ["stopped: throughput", "zombie: effects", *POISONED]
    assert without_value(report) == unknown
    found = {each.name: each for each in report.figures}
    assert found["stopped: throughput"].note == "not measured: it does not come to rest"
    assert (found["throughput back"].unit, found["throughput back"].reached) == ("of 2", False)
    assert not any(found[name].reached for name in unknown)


def test_poison_is_judged_by_its_tries_and_by_what_others_feel() -> None:
    report = Report("recovery")
    add_poison(report, [ROUND])
    assert all(each is not False for each in reached(report).values())
    for change, name in (
        ({"tries": [6] * 9 + [7]}, "most tries"),
        ({"tries": [6] * 9}, "most tries"),
        ({"tries": []}, "most tries"),
        ({"lacking": 1}, "other keys' messages left undone"),
        ({"poisoned_ms": [125.0] * 100}, "added to the p99 of other keys"),
    ):
        report = Report("recovery")
        changes: dict[str, Any] = change
        add_poison(report, [replace(ROUND, **changes)])
        assert [key for key, good in reached(report).items() if good is False] == [name]


def test_rounds_that_are_lacking_are_told_and_what_they_left_undone_is_not_known() -> None:
    report = Report("recovery")
    add_poison(report, [ROUND], "2 of 3 rounds: it was not done")
    assert without_value(report) == ["poison: other keys' messages left undone"]
    found = {each.name: each for each in report.figures}
    assert found[POISONED[0]].note == "2 of 3 rounds: it was not done"
    assert found[POISONED[0]].reached


def test_a_stream_has_poison_in_one_key_of_a_hundred() -> None:
    calm, bad = stream.made("a", 2, poisoned=False), stream.made("b", 2, poisoned=True)
    assert len(calm.drafts) == len(bad.drafts) == 2 * stream.PER_S
    assert (len(calm.poison), len(bad.poison)) == (0, 2)
    assert len(calm.sick) == len(bad.sick) == 2 * stream.PER_S // stream.KEYS
    keys = {draft.key for draft in bad.drafts}
    assert len(keys) == 2 * stream.KEYS
    assert not keys & {draft.key for draft in calm.drafts}
    for draft in bad.drafts:
        event = read_event(draft.value)
        assert (event.data.text == POISON) == (draft.id in bad.poison)
        assert draft.topic == HEARD.name


def test_the_desk_answers_all_but_poison() -> None:
    bad = stream.made("c", 1, poisoned=True)
    now = datetime(2026, 3, 6, tzinfo=UTC)
    case = None
    for draft in bad.drafts:
        event = read_event(draft.value)
        if draft.id in bad.poison:
            with pytest.raises(desk.PoisonedError):
                desk.on_message(case, event, None, now)
        else:
            decision = desk.on_message(case, event, None, now)
            case = decision.case
            assert len(decision.events) == 1
    assert case is not None
    assert case.seen == len(bad.drafts) - 1


def test_dice_fall_on_one_service() -> None:
    dice = Aimed("sla")
    assert {dice.choice(["triage", "sla", "intake"]) for _ in range(20)} == {"sla"}
    assert dice.choice(["triage"]) == "triage"
    assert isinstance(dice, Random)


def test_names_are_told_apart() -> None:
    assert len(set(NAMES)) == len(NAMES)
