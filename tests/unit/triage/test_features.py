"""Pieces and signs: what the model sees of a text."""

from __future__ import annotations

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain import features
from services.triage.domain.features import FOUND, LABELS, STRENGTHS, amount, folded, signs
from services.triage.domain.lexicon import Found

TEXTS = st.text(max_size=120) | st.text("漏电了吗退?!al1[x]'数 \n０＠", max_size=60)
LONGEST_PIECE = 3
NUMBER = {"0"}
"""That there is a number is no label."""
FOUNDS = st.dictionaries(
    st.sampled_from(["class.usage.how_to", "class.usage.account", "safety.electric", "sign.many"]),
    st.builds(Found, points=st.floats(-5, 1e6)),
)


def pieces(normal: str) -> list[str]:
    """Of a text in normal form."""
    return features.pieces(folded(normal))


def test_a_run_gives_its_pieces_of_one_to_three() -> None:
    assert set(pieces("漏电了")) == {"漏", "电", "了", "漏电", "电了", "漏电了"}


def test_each_piece_comes_once() -> None:
    found = pieces("退退退退 ok ok ok")
    assert sorted(found) == sorted(["退", "退退", "退退退", " ok", " ok ok"])


def test_no_piece_reaches_over_what_separates_runs() -> None:
    found = pieces("漏 电")
    assert set(found) == {"漏", "电"}


@pytest.mark.parametrize("other", ["等了7天", "等了30天", "等了123456天", "等了[数字x]天"])
def test_numbers_are_all_the_same(other: str) -> None:
    assert pieces(other) == pieces("等了0天")
    assert "了0天" in pieces(other)


def test_a_mask_is_a_number_and_other_brackets_are_none() -> None:
    assert pieces("单号[号码x]到了") == pieces("单号5到了")
    assert "0" not in pieces("单号[号码]到了")
    assert "0" not in pieces("单号[这是很长的x]到了")


def test_latin_words_and_pairs_of_neighbours() -> None:
    found = pieces("it doesn't work")
    assert found == [" it", " doesn't", " work", " it doesn't", " doesn't work"]


def test_latin_words_with_numbers_are_told_alike() -> None:
    assert pieces("model a52 broke") == pieces("model a7 broke")


@pytest.mark.parametrize("label", sorted(LABELS))
def test_words_of_our_own_answers_are_not_seen(label: str) -> None:
    for text in (f"set {label}: {label}", f'{{"{label}":"{label}"}}'):
        assert {*pieces(text)} <= NUMBER
    assert {*pieces(f"leaks {label} current")} - NUMBER == {*pieces("leaks current")}


@pytest.mark.parametrize("level", ["l1", "l2", "l3"])
def test_no_level_is_seen(level: str) -> None:
    assert {*pieces(f"level {level}")} <= NUMBER


def test_the_order_of_calls_changes_nothing() -> None:
    texts = ["漏电了，退钱", "it leaks, refund", "等了3天？", "", "[数字x]", "ok 好 ok"]
    first = {text: pieces(text) for text in texts}
    random.Random(5).shuffle(texts)
    assert {text: pieces(text) for text in texts} == {text: first[text] for text in texts}


@given(TEXTS)
def test_any_text_has_a_bounded_number_of_pieces_and_no_label(text: str) -> None:
    normal = normal_of(text)
    found = pieces(normal)
    assert pieces(normal) == found
    assert len(found) == len({*found}) <= amount(folded(normal))
    for piece in found:
        assert piece
        assert not piece.startswith(FOUND)
        assert not set("123456789") & {*piece}
        if piece.startswith(" "):
            assert not LABELS & {*piece.split()}
            assert len(piece.split()) <= 2
        else:
            assert len(piece) <= LONGEST_PIECE


@given(TEXTS, FOUNDS)
def test_any_text_has_a_few_signs_with_a_strength(text: str, found: dict[str, Found]) -> None:
    normal = normal_of(text)
    heard = signs(found, normal)
    assert signs(found, normal) == heard
    assert len(heard) <= 2 * len(found) + 4
    assert sum(name.startswith(f"{FOUND}length.") for name in heard) == 1
    assert all(name.startswith(FOUND) for name in heard)
    assert all(1 <= strength <= STRENGTHS for strength in heard.values())


def test_a_name_of_the_policy_is_a_sign_and_so_is_its_class() -> None:
    heard = signs(
        {
            "class.usage.how_to": Found(points=2.2),
            "class.usage.account": Found(points=0.1),
            "safety.electric": Found(points=1.0),
            "sign.many": Found(points=99.0),
        },
        "怎么",
    )
    assert heard["@class.usage.how_to"] == 2
    assert heard["@class.usage.account"] == 1
    assert heard["@usage"] == 3
    assert heard["@safety.electric"] == 1
    assert heard["@sign.many"] == STRENGTHS


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("在吗", {"@length.0", "@ends_asking"}),
        ("怎么退？  ", {"@length.0", "@asks", "@ends_asking"}),
        ("why? it broke", {"@length.1", "@asks"}),
        ("退钱!!", {"@length.0", "@exclaims.2"}),
        ("退钱!!!!!!!!", {"@length.0", "@exclaims.3"}),
        ("很" * 141, {"@length.5"}),
    ],
)
def test_the_shape_of_a_text_is_a_sign(text: str, shape: set[str]) -> None:
    assert {*signs({}, text)} == shape


def normal_of(text: str) -> str:
    """The part of the normal form that pieces rely on."""
    return unicodedata.normalize("NFKC", text).lower()
