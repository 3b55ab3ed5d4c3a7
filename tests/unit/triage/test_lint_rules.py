"""`lint` on rules, numbers and clocks: every planted fault is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.triage.classify import POLICIES
from services.triage.workbench.check_rules import (
    check_clocks,
    check_names,
    check_numbers,
    check_rules,
)
from services.triage.workbench.clocks import clocks_of
from tests.unit.triage.policies import Edit, nothing, policy, set_to
from tests.unit.triage.test_lint import Content, told

EARLIER: tuple[Content, ...] = (
    {"safety": True},
    {"value_above_fen": 200_000},
    {"signs_all": ["birthday", "hurry"]},
)


def _rule(name: str, when: Content, level: str = "L1") -> Content:
    return {"rule": f"level.{name}", "level": level, "zh": "试", "en": "x", "when": when}


def _level(when: Content) -> Edit:
    """Three rules for L1, the planted one behind them, and what is routine."""
    levels = [_rule(f"earlier_{place}", asked) for place, asked in enumerate(EARLIER)]
    levels += [_rule("planted", when), _rule("dispute", {"opened": True}, "L3")]
    return lambda c: c.update(levels=[*levels, _rule("routine", {}, "L2")])


def _route(when: Content, at: int) -> Edit:
    rule = {"rule": "route.planted", "route": "regular_group", "zh": "试", "en": "x", "when": when}
    return lambda c: c["routes"].insert(at, rule)


@pytest.mark.parametrize(
    "when",
    [
        {"safety": True},
        {"value_above_fen": 200_000},
        {"value_above_fen": 500_000, "overdue": True},
        {"signs_all": ["birthday", "hurry", "fault"]},
    ],
)
def test_a_rule_that_an_earlier_one_always_covers_is_never_reached(when: Content) -> None:
    found = [*check_rules(policy(_level(when)))]
    assert told(found, "never-reached") == [("error", "levels.3")]


@pytest.mark.parametrize(
    "when",
    [
        {"value_above_fen": 150_000},
        {"signs_all": ["birthday"], "overdue": True},
        {"signs_any": ["birthday", "hurry"]},
        {"safety": False, "watched": True},
    ],
)
def test_a_rule_that_may_still_hold_is_none(when: Content) -> None:
    assert told(check_rules(policy(_level(when))), "never-reached") == []


def test_a_rule_may_be_covered_by_several_together() -> None:
    def plant(c: Content) -> None:
        for place, level in enumerate(("L1", "L3")):
            _route({"level_any": [level], "class_any": ["usage"]}, 2 + place)(c)
            c["routes"][2 + place]["rule"] = f"route.part_{level}"
        _route({"level_any": ["L1", "L3"], "subtype_any": ["how_to"], "class_any": ["usage"]}, 4)(c)

    found = [*check_rules(policy(plant))]
    assert ("error", "routes.4") in told(found, "never-reached")


def test_what_stands_behind_a_rule_that_always_holds_is_never_reached() -> None:
    places = told(check_rules(policy(_route({}, 3))), "never-reached")
    assert places[0] == ("error", "routes.4")
    assert len(places) > 5


@pytest.mark.parametrize(
    "when",
    [
        {"signs_all": ["fault"], "signs_none": ["fault"]},
        {"signs_any": ["fault"], "signs_none": ["fault", "opened"]},
        {"class_any": ["usage"], "class_none": ["usage"]},
        {"class_any": ["usage"], "subtype_any": ["lost"]},
        {"overdue": True, "delivered": True},
        {"level_any": ["L1"]},
    ],
)
def test_a_condition_that_contradicts_itself_never_holds(when: Content) -> None:
    assert told(check_rules(policy(_level(when))), "never-holds") == [("error", "levels.3")]


def test_a_route_for_a_level_that_no_rule_gives_never_holds() -> None:
    def plant(c: Content) -> None:
        c["levels"] = [rule for rule in c["levels"] if rule["level"] != "L3"]

    found = told(check_rules(policy(plant)), "never-holds")
    assert ("error", "routes.1") in found


def test_a_name_given_twice_is_found() -> None:
    def plant(c: Content) -> None:
        c["priority"].append({**c["priority"][0]})

    last = len(policy(plant).priority) - 1
    assert told(check_rules(policy(plant)), "name-twice") == [("error", f"priority.{last}")]


def test_a_sign_of_the_model_that_no_rule_asks_for_is_found() -> None:
    def plant(c: Content) -> None:
        c["levels"] = [r for r in c["levels"] if "likely_gift" not in str(r)]
        c["signs"]["idle"] = {"zh": "试", "en": "x", "says": ["闲"]}

    found = told(check_names(policy(plant), ()), "unheard")
    assert ("error", "signs.likely_gift") in found
    assert ("hint", "signs.idle") in found


def test_sub_types_that_only_the_model_or_only_the_policy_has_are_hinted_at() -> None:
    known = [f"{n}.{s}" for n, of in policy(nothing).classes.items() for s in of.subtypes]
    assert not told(check_names(policy(nothing), known), "untrained")
    found = [*check_names(policy(nothing), [*known[1:], "usage.gone"])]
    of_class, _, subtype = known[0].partition(".")
    assert told(found, "untrained") == [("hint", f"classes.{of_class}.subtypes.{subtype}")]
    assert ("hint", "classes") in told(found, "unheard")


@pytest.mark.parametrize(
    ("edit", "place"),
    [
        (set_to("model", "safety_from", 0.98), "model.safety_from"),
        (set_to("model", "unclear_below", 0.99), "model.unclear_below"),
        (set_to("model", "brief", 4000), "model.brief"),
        (set_to("mixture", "unclear_below", 8), "mixture.unclear_below"),
        (lambda c: c["emotions"]["angry"].update(from_points=7.5), "emotions.angry.from_points"),
        (set_to("weights", "weak", 5), "weights"),
    ],
)
def test_numbers_out_of_reach_are_found(edit: Edit, place: str) -> None:
    assert told(check_numbers(policy(edit)), "out-of-reach") == [("error", place)]


def test_a_level_without_clocks_is_found(tmp_path: Path) -> None:
    text = (POLICIES / "sla.yaml").read_text(encoding="utf-8")
    (tmp_path / "sla.yaml").write_text(text.replace("- level: L3\n", "- level: L2\n"))
    (found,) = check_clocks(policy(nothing), clocks_of(tmp_path))
    assert (found.weight, found.code, found.file) == ("error", "no-clocks", "sla.yaml")
    assert found.what.startswith("L3")
    assert [*check_clocks(policy(nothing), clocks_of(POLICIES))] == []
    (hint,) = check_clocks(policy(nothing), clocks_of(tmp_path / "nowhere"))
    assert hint.weight == "hint"
