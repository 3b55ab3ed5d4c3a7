"""The scorer: probabilities that can be reckoned by hand, and the pieces that spoke."""

from __future__ import annotations

import math
from dataclasses import fields
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.triage import Emotion, Threat
from schemas.values import ProblemClass
from services.triage.domain.features import amount, pieces
from services.triage.domain.opinion import SUREST, Opinion
from services.triage.model.heads import CLASSES, EMOTIONS, FLAGS, THREATS, heads_of, speaking
from services.triage.model.known import Known
from services.triage.model.scorer import (
    FEWEST,
    LOUD,
    PIECE,
    SHOWN,
    SIGN,
    LinearScorer,
)
from tests.unit.triage.models import SCALE, SUBTYPES, column_of, own_say, tiny

HEADS = [*FLAGS, *(f"classes.{name}" for name in CLASSES), *(f"threats.{name}" for name in THREATS)]
WEIGHTS = st.dictionaries(
    st.sampled_from(["漏电", "漏", "电了", " it leaks", " ok", "@asks"]),
    st.dictionaries(st.sampled_from(HEADS), st.integers(-128, 127), max_size=4),
)


def of(weight: int, much: int = 1) -> float:
    """What a weight adds to a sum, in a text of which there is so much to read."""
    return weight * SCALE * PIECE / math.sqrt(max(much, FEWEST))


def likely(z: float) -> float:
    """The logistic function."""
    return 1 / (1 + math.exp(-z))


def probabilities(opinion: Opinion) -> list[float]:
    """All of them; points of sub-types are none."""
    told = [getattr(opinion, flag) for flag in FLAGS]
    for by_name in (opinion.classes, opinion.about, opinion.emotions, opinion.threats):
        told += by_name.values()
    return told


def test_a_flag_is_bias_pieces_and_signs() -> None:
    scorer = LinearScorer(
        tiny(
            {"漏": {"safety": 40}, "漏电": {"safety": 100, "gift": -7}, "@asks": {"safety": -50}},
            bias={"safety": -0.3},
        )
    )
    opinion = scorer.opinion("漏电", {"@asks": 3, "@unheard": 6})
    z = -0.3 + of(40) + of(100) - 50 * 3 * SCALE * SIGN
    assert opinion.safety == pytest.approx(likely(z), abs=1e-9)
    assert opinion.gift == pytest.approx(likely(of(-7)), abs=1e-9)
    assert opinion.disputed == pytest.approx(0.5, abs=1e-9)


def test_one_of_the_classes_is_right_and_each_may_be_stated() -> None:
    words = {"怎么用": {"classes.usage": 120, "classes.special": -30, "about.usage": 60}}
    opinion = LinearScorer(tiny(words, bias={"classes.logistics": 0.2})).opinion("怎么用", {})
    odds = dict.fromkeys(CLASSES, 1.0)
    odds |= {"usage": math.exp(of(120)), "special": math.exp(of(-30)), "logistics": math.exp(0.2)}
    for name, share in odds.items():
        told = dict(opinion.classes)[name]
        assert told == pytest.approx(share / sum(odds.values()), abs=1e-9)
    assert opinion.about["usage"] == pytest.approx(likely(of(60)), abs=1e-9)
    assert opinion.about["special"] == pytest.approx(0.5, abs=1e-9)


def test_other_answers_have_a_say_in_the_class() -> None:
    say = own_say()
    logistics = list(say["classes"][1])
    logistics[speaking(heads_of(SUBTYPES)).index(column_of("about.usage"))] = 2.0
    logistics[-1] = -0.4
    weighing = say | {"classes": (say["classes"][0], tuple(logistics), *say["classes"][2:])}
    scorer = LinearScorer(tiny({"怎么用": {"about.usage": 60}}, weighing=weighing))
    odds = dict.fromkeys(CLASSES, 1.0) | {"logistics": math.exp(2 * of(60, 9) - 0.4)}
    told = scorer.opinion("怎么用", {}).classes
    for name, share in odds.items():
        assert dict(told)[name] == pytest.approx(share / sum(odds.values()), abs=1e-9)


def test_points_of_sub_types_are_sums() -> None:
    opinion = LinearScorer(tiny({"丢": {"subtypes.logistics.lost": 100}})).opinion("丢", {})
    assert opinion.subtypes == {"usage.how_to": 0.0, "logistics.lost": pytest.approx(of(100))}


def test_sharpness_multiplies_the_sums_of_its_group() -> None:
    words = {"漏电": {"safety": 100, "gift": 100}}
    opinion = LinearScorer(tiny(words, sharpness={"safety": 500})).opinion("漏电", {})
    assert opinion.safety == pytest.approx(likely(of(100) / 2), abs=1e-9)
    assert opinion.gift == pytest.approx(likely(of(100)), abs=1e-9)


@pytest.mark.parametrize("unknown", ["", "不认识"])
def test_of_what_it_does_not_know_it_says_its_bias(unknown: str) -> None:
    scorer = LinearScorer(tiny({"漏电": {"safety": 100}}, bias={"safety": -2.0}))
    opinion = scorer.opinion(unknown, {})
    assert opinion.safety == pytest.approx(likely(-2.0), abs=1e-9)
    assert list(opinion.classes.values()) == pytest.approx([0.2] * 5, abs=1e-9)


def test_a_model_without_words_answers_too() -> None:
    assert LinearScorer(tiny({})).opinion("漏", {"@asks": 2}).asks == pytest.approx(0.5)


def test_unknown_pieces_dilute() -> None:
    scorer = LinearScorer(tiny({"漏电": {"safety": 100}}))
    told = [scorer.opinion(f"漏电{'甲' * more}", {}).safety for more in (0, 3, 62, 398)]
    wanted = [likely(of(100, much)) for much in (6, 15, 192, 1200)]
    assert told[0] == told[1] > told[2] > told[3] > 0.5
    assert told == pytest.approx(wanted, abs=1e-9)


def test_all_is_answered() -> None:
    opinion = LinearScorer(tiny({})).opinion("", {})
    assert set(opinion.classes) == set(opinion.about) == set(get_args(ProblemClass))
    assert set(opinion.emotions) == set(get_args(Emotion)) == set(EMOTIONS)
    assert {*opinion.threats, "none"} == set(get_args(Threat))
    assert tuple(opinion.subtypes) == SUBTYPES
    assert {field.name for field in fields(Opinion)} > {*FLAGS}


@given(
    WEIGHTS,
    st.sampled_from([0.001, 0.1, 3.0, 1e6]),
    st.floats(-1e6, 1e6),
    st.sampled_from(["", "漏电了", "it leaks ok", "漏电了 it leaks 漏漏漏"]),
)
@settings(max_examples=60)
def test_it_is_never_surer_than_it_may_be(
    weights: dict[str, dict[str, int]], scale: float, bias: float, text: str
) -> None:
    model = tiny(weights, bias={"safety": bias, "classes.usage": bias}, scale=scale)
    opinion = LinearScorer(model).opinion(text, {"@asks": 6})
    assert all(0 <= probability <= SUREST for probability in probabilities(opinion))
    assert sum(opinion.classes.values()) <= 1 + 1e-9


@given(WEIGHTS, st.sampled_from(["漏电了", "it leaks ok", "漏电了 it leaks 漏漏漏"]))
@settings(max_examples=60)
def test_the_same_features_give_the_same_answer(
    weights: dict[str, dict[str, int]], text: str
) -> None:
    scorer = LinearScorer(tiny(weights, scale=1 / 3))
    first, spoke = scorer.opinion(text, {"@asks": 2}), scorer.spoke(text, "safety")
    scorer.opinion("另一句话", {})
    assert scorer.spoke(text, "safety") == spoke
    assert scorer.opinion(text, {"@asks": 2}) == first
    assert LinearScorer(tiny(weights, scale=1 / 3)).opinion(text, {"@asks": 2}) == first


@given(st.text("漏电了吗 0!,leaks it'", max_size=30))
@settings(max_examples=60)
def test_it_knows_what_training_saw(text: str) -> None:
    words = ["漏", "电了", "漏电了", "0", "!!", " it", " leaks", " it leaks", "@asks"]
    seen = [word for word in pieces(text) if word in words]
    known = Known(words)
    assert sorted(known.words[row] for row in known.rows(text)) == sorted(seen)
    assert amount(text) >= len(pieces(text))


def test_another_model_is_another_version() -> None:
    one, other = tiny({"漏电": {"safety": 100}}), tiny({"漏电": {"safety": 101}})
    assert LinearScorer(one).version == LinearScorer(one).version
    assert LinearScorer(one).version != LinearScorer(other).version


# ---------------------------------------------------------------- what spoke


def test_the_loudest_pieces_spoke() -> None:
    words = {"漏电": 50, "冒烟": 90, "着火": 70, "爆炸": 60, "很好": -90, "一般": LOUD - 1}
    scorer = LinearScorer(tiny({word: {"safety": weight} for word, weight in words.items()}))
    assert scorer.spoke("。".join(words), "safety") == ("冒烟", "着火", "爆炸")
    assert scorer.spoke("漏电。一般", "safety") == ("漏电",)
    assert scorer.spoke("很好。一般。不识", "safety") == ()


def test_what_speaks_for_a_rival_as_well_did_not_speak_for_a_class() -> None:
    words = {
        "怎么用": {"classes.usage": 80},
        "不会用": {"classes.usage": 100, "classes.special": 95},
    }
    scorer = LinearScorer(tiny(words))
    assert scorer.spoke("。".join(words), "classes.usage") == ("怎么用",)
    assert scorer.spoke("。".join(words), "classes.special") == ()


def test_threats_do_not_rival() -> None:
    words = {"法院": {"threats.court": 80, "threats.exposure": 90}}
    assert LinearScorer(tiny(words)).spoke("法院", "threats.court") == ("法院",)


def test_what_nobody_can_read_is_not_named() -> None:
    words = ["漏", "!!", "0", "了?", "0天", " ok", " it", "@safety.electric"]
    scorer = LinearScorer(tiny({word: {"safety": 100} for word in words}))
    assert scorer.spoke("漏!! 0天 了? ok it", "safety") == ()


def test_what_is_cut_out_of_the_middle_is_not_named() -> None:
    words = {word: {"safety": 100} for word in ("了不", "天就", "裁的", "种东西", "过敏", "着火")}
    assert LinearScorer(tiny(words)).spoke("。".join(words), "safety") == ("着火", "过敏")


def test_latin_words_are_named_without_their_mark() -> None:
    scorer = LinearScorer(tiny({" smoke": {"safety": 50}, " caught fire": {"safety": 60}}))
    assert scorer.spoke("smoke, caught fire", "safety") == ("caught fire", "smoke")


def test_findings_alone_name_no_piece() -> None:
    scorer = LinearScorer(tiny({"@safety.electric": {"safety": 100}, "漏电": {"gift": 100}}))
    assert scorer.spoke("", "safety") == ()
    assert scorer.spoke("漏电", "safety") == ()


@pytest.mark.parametrize("weights", [*permutations((90, 60, 30))])
def test_no_piece_within_another_is_named(weights: tuple[int, ...]) -> None:
    words = dict(zip(("漏电", "漏电了", "电了"), weights, strict=True))
    scorer = LinearScorer(tiny({word: {"safety": weight} for word, weight in words.items()}))
    named = scorer.spoke("漏电了", "safety")
    assert named
    assert [(a, b) for a, b in permutations(named, 2) if a in b] == []


@given(st.dictionaries(st.text("漏电冒烟", min_size=2, max_size=3), st.integers(-128, 127)))
@settings(max_examples=60)
def test_few_pieces_are_named_and_all_stand_in_the_text(words: dict[str, int]) -> None:
    scorer = LinearScorer(tiny({word: {"safety": weight} for word, weight in words.items()}))
    named = scorer.spoke("。".join(words), "safety")
    assert len(named) <= SHOWN
    assert len({*named}) == len(named)
    assert {*named} <= {word for word, weight in words.items() if weight >= LOUD}
    assert bool(named) == any(weight >= LOUD for weight in words.values())
