"""The policy: what the default says and what is refused when it is loaded."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from runtime.policy import PolicyError, parse_policy
from services.triage.policy import TriagePolicy
from tests.unit.triage.complaints import POLICIES, triager

DEFAULT = yaml.safe_load((POLICIES / "triage.yaml").read_text(encoding="utf-8"))


def load(**changes: Any) -> TriagePolicy:
    """The default policy with parts replaced."""
    return parse_policy("triage", {**DEFAULT, **changes}, TriagePolicy)


def test_every_class_has_words_in_both_languages() -> None:
    for words in triager().rules.classes.values():
        phrases = [p for sub in words.subtypes.values() for p in (*sub.strong, *sub.plain)]
        assert any(phrase.isascii() for phrase in phrases)
        assert any(not phrase.isascii() for phrase in phrases)


def test_another_content_is_another_version() -> None:
    assert load().version == load().version
    assert load(read_at_most=5000).version != load().version


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"routes": DEFAULT["routes"][:-1]}, "the last of routes"),
        ({"levels": DEFAULT["levels"][:-1]}, "the last of levels"),
        ({"levels": [*DEFAULT["levels"][-2:-1], *DEFAULT["levels"]]}, "ordered L1, L3, L2"),
        ({"classes": {"usage": DEFAULT["classes"]["usage"]}}, "classes without words"),
        ({"mixture": {**DEFAULT["mixture"], "otherwise": "usage.flying"}}, "no sub-type"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_a_policy_with_a_gap_is_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        load(**changes)


@pytest.mark.parametrize("when", [None, {"safety": True, "gift_due": True}, {"safety": False}])
def test_danger_is_always_urgent(when: dict[str, Any] | None) -> None:
    first, *others = DEFAULT["levels"]
    assert first["when"] == {"safety": True}
    with pytest.raises(PolicyError, match=r"L1 rule with exactly \{safety: true\} is missing"):
        load(levels=[*([{**first, "when": when}] if when else []), *others])
    disputed = {**first, "level": "L3"}
    with pytest.raises(PolicyError, match=r"exactly \{safety: true\}|ordered L1, L3, L2"):
        load(levels=[disputed, *others])
    load(levels=[*others[:3], first, *others[3:]])


@pytest.mark.parametrize("text", ["{nope}", "{value元", "{value.__class__}", "value}", "{}"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_place_that_nothing_fills_is_refused(text: str, language: str) -> None:
    for family in ("adjust", "levels", "routes", "priority"):
        rule = {**DEFAULT[family][0], language: f"{{limit}} {text}"}
        with pytest.raises(PolicyError) as refused:
            load(**{family: [rule, *DEFAULT[family][1:]]})
        assert rule["rule"] in str(refused.value)
        assert "{value}, {limit}, {occasion}" in str(refused.value)


@pytest.mark.parametrize(
    "when",
    [
        {},
        {"emotion_any": ["calm"]},
        {"level_any": ["L2", "L3"], "emotion_any": ["calm"]},
        {"level_any": ["L2"], "emotion_any": ["calm", "angry"]},
        {"level_any": ["L2"]},
    ],
)
def test_the_bot_gets_no_dispute_and_nobody_who_is_angry(when: dict[str, Any]) -> None:
    bot = {"rule": "route.bot", "route": "bot", "zh": "机器人", "en": "bot", "when": when}
    with pytest.raises(PolicyError, match="the bot takes"):
        load(routes=[bot, *DEFAULT["routes"]])


@pytest.mark.parametrize(
    ("when", "complaint"),
    [
        ({"signs_all": ["moon"]}, "unknown moon"),
        ({"class_any": ["usage"]}, "not decided yet"),
    ],
)
def test_an_adjustment_asks_for_what_is_known_by_then(when: dict[str, Any], complaint: str) -> None:
    rule = {"rule": "adjust.x", "zh": "甲", "en": "x", "when": when, "points": 1,
            "subtype": "usage.how_to"}  # fmt: skip
    with pytest.raises(PolicyError, match=complaint):
        load(adjust=[*DEFAULT["adjust"], rule])


def test_a_phrase_that_cannot_be_read_is_refused_with_its_place() -> None:
    safety = {"fire": {"zh": "火", "en": "fire", "says": ["冒烟", "SMOKE"]}}
    with pytest.raises(PolicyError, match=r"safety\.fire\.says\.1"):
        load(safety=safety)
