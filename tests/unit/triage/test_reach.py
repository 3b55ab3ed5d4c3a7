"""What `reach` is sure of is so: on every reading that can be thought of."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st

from schemas.triage import Emotion, Threat
from schemas.values import Demand, Level, ProblemClass
from services.triage.domain.conditions import test_of as holds_for
from services.triage.domain.facts import Facts
from services.triage.domain.reading import Reading
from services.triage.domain.rules import When
from services.triage.workbench.reach import contradiction, covered

CLASSES, SIGNS = get_args(ProblemClass)[:3], ("a", "b", "c")
HOMES = {"how_to": {"usage"}, "lost": {"logistics"}}


def some(values: Any) -> st.SearchStrategy[Any]:
    """None to two of them."""
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


def stated(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=values)


WHENS = stated(
    {
        "safety": st.booleans(),
        "unclear": st.booleans(),
        "overdue": st.booleans(),
        "delivered": st.booleans(),
        "value_above_fen": st.integers(0, 3),
        "level_any": some(get_args(Level)),
        "class_any": some(CLASSES),
        "class_none": some(CLASSES),
        "about_any": some(CLASSES),
        "subtype_any": some(("how_to", "lost")),
        "emotion_any": some(get_args(Emotion)),
        "threat_any": some(get_args(Threat)[:3]),
        "demand_any": some(get_args(Demand)[:3]),
        "demand_none": some(get_args(Demand)[:3]),
        "signs_all": some(SIGNS),
        "signs_any": some(SIGNS),
        "signs_none": some(SIGNS),
    }
).map(lambda fields: When(**fields))


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """A reading whose sub-type is of its class, and whose order is not both late and there."""
    parcel = draw(st.sampled_from(("none", "overdue", "delivered")))
    value = draw(st.none() | st.integers(0, 4))
    main = draw(st.sampled_from(CLASSES))
    subtypes = [name for name, homes in HOMES.items() if main in homes] or ["other"]
    return Reading(
        facts=Facts(value_fen=value, overdue=parcel == "overdue", delivered=parcel == "delivered"),
        found={},
        demands=draw(some(get_args(Demand)[:3])),
        emotion=draw(st.sampled_from(get_args(Emotion))),
        safety=draw(some(("fire",))),
        threat=draw(st.sampled_from(get_args(Threat)[:3])),
        signs=frozenset(draw(some(SIGNS))),
        problem_class=main,
        also=tuple(name for name in draw(some(CLASSES)) if name != main),
        subtype=draw(st.sampled_from(subtypes)),
        unclear=draw(st.booleans()),
        level=draw(st.sampled_from(get_args(Level))),
    )


@given(WHENS, st.lists(WHENS, min_size=1, max_size=3), readings())
def test_where_a_covered_rule_holds_an_earlier_one_does(
    when: When, earlier: list[When], reading: Reading
) -> None:
    if covered(when, earlier) and holds_for(when)(reading):
        assert any(holds_for(one)(reading) for one in earlier)


@given(WHENS, readings())
def test_what_contradicts_itself_never_holds(when: When, reading: Reading) -> None:
    if contradiction(when, HOMES):
        assert not holds_for(when)(reading)


@given(WHENS, WHENS)
def test_every_rule_is_covered_by_itself_and_by_one_that_asks_nothing(
    when: When, other: When
) -> None:
    assert covered(when, [when])
    assert covered(when, [other, When()])
