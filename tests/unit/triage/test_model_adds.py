"""The model adds to the policy's words: what they find alone stays found."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from services.triage.domain.facts import day_in_shop, facts_of
from services.triage.domain.features import pieces
from services.triage.domain.opinion import SUREST
from services.triage.domain.reading import Reading
from services.triage.domain.rules import LIKELY, TriageRules
from services.triage.training.texts import examples
from tests.unit.triage.complaints import opened, triager
from tests.unit.triage.models import plain

OURS = examples()[::5]
TEXTS = [one.text for one in OURS]
MIXED = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3).map("，".join)


def both(text: str) -> tuple[Reading, Reading]:
    """What words say alone, and with the model."""
    ticket = opened(text).data
    gift = triager().rules.gift
    alone = plain().read(text, facts_of(ticket, gift), day_in_shop(ticket.opened_at, gift))
    return alone, triager().verdict(ticket).reading


def lost(text: str) -> list[str]:
    """What the words found, and nobody speaks of any more."""
    alone, both_ = both(text)
    gone = []
    if alone.safety and both_.safety != alone.safety:
        gone.append("safety")
    if alone.threat != "none" and both_.threat != alone.threat:
        gone.append("threat")
    gone += [demand for demand in alone.demands if demand not in both_.demands]
    gone += alone.signs - both_.signs
    gone += [
        name for name, found in alone.found.items()
        if name not in both_.found or both_.found[name] != found
    ]  # fmt: skip
    return gone


@given(MIXED)
@settings(max_examples=40)
def test_nothing_that_words_find_is_taken_away(text: str) -> None:
    assert lost(text) == []


@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
@settings(max_examples=60)
def test_nothing_is_taken_away_whatever_is_written(text: str) -> None:
    assert lost(text) == []


def test_danger_threats_and_demands_of_our_texts_stay_found() -> None:
    telling = [
        one.text for one in OURS if one.safety or one.threat != "none" or one.demands
    ]  # fmt: skip
    assert len(telling) > 300
    assert {text: gone for text in telling[::3] if (gone := lost(text))} == {}


@given(MIXED)
@settings(max_examples=40)
def test_only_what_a_model_may_add_is_added(text: str) -> None:
    alone, told = both(text)
    assert {*told.demands} - {*alone.demands} <= {"explanation"}
    assert told.signs - alone.signs <= {f"{LIKELY}_disputed", f"{LIKELY}_gift"}
    assert told.safety in (alone.safety, (LIKELY,))
    use = triager().rules.model
    assert use is not None
    assert len(told.also) <= use.also_most
    assert told.problem_class not in told.also


@given(MIXED)
@settings(max_examples=40)
def test_danger_by_words_is_urgent_with_the_model(text: str) -> None:
    alone, _ = both(text)
    if alone.safety:
        assert triager().verdict(opened(text).data).reading.level == "L1"


@given(MIXED)
@settings(max_examples=40)
def test_what_is_named_stands_in_the_text(text: str) -> None:
    _, told = both(text)
    heard = {piece.strip() for piece in pieces(plain().heard(text, told.facts).text)}
    assert {*told.spoke} <= heard


@given(MIXED)
@settings(max_examples=40)
def test_the_same_text_is_read_the_same(text: str) -> None:
    assert both(text) == both(text)


@given(MIXED)
@settings(max_examples=40)
def test_confidence_is_never_surer_than_it_may_be(text: str) -> None:
    _, told = both(text)
    assert 0 <= told.confidence <= SUREST


@pytest.mark.parametrize(
    ("part", "name"),
    [("safety", LIKELY), ("threats", "court"), ("emotions", "annoyed"), ("emotions", "angry")],
)
def test_a_policy_without_a_name_for_what_the_model_says_is_refused(part: str, name: str) -> None:
    rules = triager().rules
    less = {key: value for key, value in getattr(rules, part).items() if key != name}
    parts = {key: getattr(rules, key) for key in TriageRules.model_fields}
    with pytest.raises(ValidationError, match=name):
        TriageRules.model_validate({**parts, part: less})


@pytest.mark.parametrize("text", ["在吗", "你好", "hi", "?", "。。。"])
def test_a_greeting_is_unclear_with_the_model_as_well(text: str) -> None:
    alone, told = both(text)
    assert alone.unclear
    assert told.unclear
    assert told.confidence == 0.0
    assert told.spoke == ()
