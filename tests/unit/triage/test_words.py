"""Phrases, negation, normal form and prices: how words are found in a text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.triage.domain.amounts import PriceFinder
from services.triage.domain.lexicon import Lexicon
from services.triage.domain.negators import Negators
from services.triage.domain.phrases import PhraseBook, plain_finder, read_phrase
from services.triage.domain.reading_policy import Negation
from services.triage.model.finder import finder_of
from tests.unit.triage.complaints import triager


@pytest.mark.parametrize(
    ("phrase", "text", "shown"),
    [
        ("漏电", "插座漏电了", "漏电"),
        ("漏电|触电", "差点触电", "触电"),
        ("还|一直 ~ 没 ~2 发货", "三天了还是没有发货", "还…没…发货"),
        ("没 ~2 发货", "没有人给我发货", None),
        ("没 ~9 发货", "没钱。明天发货", None),
        ("等了#天", "我等了15天", "等了15天"),
        ("等了#天", "我等了三天", "等了三天"),
        ("# ~2 瓶", "买了两箱，坏了3 瓶", "3…瓶"),
        ("leak*", "it leaked all over", "leak"),
        ("leak", "it leaked all over", None),
        ("art", "the start of it", None),
        ("won't ~8 charge", "it won't even charge", "won't…charge"),
        ("怒", "真的怒了", "怒"),
        ("!!!", "差!!!!", "!!!"),
    ],
)
def test_a_phrase_is_found_where_it_says(phrase: str, text: str, shown: str | None) -> None:
    hits = PhraseBook([phrase]).find(text)
    assert (hits[0][-1] if hits else None) == shown


def test_every_place_and_every_overlap_is_found() -> None:
    found = PhraseBook(["坏", "坏了", "都坏了"]).find("坏了,都坏了")
    assert sorted((phrase, start) for phrase, start, _, _ in found) == [
        ("坏", 0), ("坏", 4), ("坏了", 0), ("坏了", 4), ("都坏了", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "phrase", ["Leak", "a| ~ b", "# ~ #", "漏电 ~61 人", "", "a||b", "a*b", "*"]
)
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        read_phrase(phrase)


@given(st.lists(st.sampled_from("漏电没有发货还3天 a!"), max_size=40).map("".join))
def test_what_is_found_stands_there(text: str) -> None:
    book = PhraseBook(["漏电", "没 ~2 发货", "#天", "天 ~ 漏|电"])
    for _, start, end, shown in book.find(text):
        assert 0 <= start < end <= len(text)
        assert all(part in text[start:end] for part in shown.split("…"))


@given(st.lists(st.sampled_from(("a", "ab", "abc", " ", "没", "3", "!")), max_size=12).map("".join))
def test_latin_words_stand_alone(text: str) -> None:
    """As one pattern for all of a phrase would find it, whatever way the book goes about it."""
    hits = PhraseBook(["ab", "ab*", "没 ~3 ab", "ab ~3 没"]).find(text)
    places = {phrase: [(s, e) for p, s, e, _ in hits if p == phrase] for phrase, *_ in hits}
    word = r"(?<![a-z0-9])ab(?![a-z0-9])"
    expected = {
        "ab": word,
        "ab*": r"(?<![a-z0-9])ab",
        "没 ~3 ab": rf"没[^!]{{0,3}}?{word}",
        "ab ~3 没": rf"{word}[^!]{{0,3}}?没",
    }
    for phrase, pattern in expected.items():
        found = [place.span() for place in re.finditer(pattern, text)]
        assert sorted(set(places.get(phrase, []))) == found


NEGATORS = Negators(
    Negation(
        before=("没有", "没", "no", "isn't"),
        between=("任何", "再", "any", "of"),
        not_when=("有没有",),
        after=("倒没有",),
    )
)


@pytest.mark.parametrize(
    ("text", "phrase", "negated"),
    [
        ("没有漏电", "漏电", True),
        ("没有任何漏电", "漏电", True),
        ("没再漏电", "漏电", True),
        ("有没有漏电", "漏电", False),
        ("没想到漏电", "漏电", False),
        ("漏电倒没有", "漏电", True),
        ("there is no leak", "leak", True),
        ("no sign leak", "leak", False),
        ("no any of leak", "leak", True),
        ("know leak", "leak", False),
    ],
)
def test_negation_reaches_what_stands_right_behind_it(
    text: str, phrase: str, negated: bool
) -> None:
    start = text.index(phrase)
    end = start + len(phrase)
    denied = NEGATORS.denied(text)
    assert (start in denied.starts or end in denied.ends) is negated


def test_the_normal_form_is_simplified_narrow_and_visible() -> None:
    lexicon = Lexicon(triager().rules)
    assert lexicon.normal("還沒發貨！！ＬＥＡＫ") == "还没发货!!leak"
    assert lexicon.normal("漏\u200b电\u202e") == "漏电"
    assert lexicon.normal("It’s") == "it's"


def test_a_very_long_text_is_read_from_both_ends() -> None:
    lexicon = Lexicon(triager().rules)
    text = lexicon.normal("开头" + "字" * 19_000 + "漏电")
    assert len(text) <= triager().rules.read_at_most + 1
    assert text.startswith("开头")
    assert "safety.electric" in lexicon.find(text)


def test_a_phrase_inside_a_longer_one_of_the_same_name_does_not_count_twice() -> None:
    lexicon = Lexicon(triager().rules)
    once = lexicon.find("质量太差")["class.product_mismatch.quality_defect"]
    assert once.words == ["质量太差"]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("花了2580元买的手机", 258_000),
        ("花了2580.5元", 258_050),
        ("2000块买的", 200_000),
        ("2000多买的", 200_001),
        ("花了三千多", 300_001),
        ("价格1.2万", 1_200_000),
        ("两万块钱", 2_000_000),
        ("¥3,299 的平板", 329_900),
        ("i paid $450 for this", 315_000),
        ("赔我5000元", None),
        ("优惠了3000元", None),
        ("买的是5000毫安", None),
        ("2016年买的", None),
        ("订单123456789", None),
        ("型号3080", None),
        ("没有价格", None),
    ],
)
def test_the_price_of_goods_is_told_from_other_numbers(text: str, fen: int | None) -> None:
    found = PriceFinder(triager().rules.stated_price).fen(text)
    if fen is None:
        assert found is None or found <= 200_000
    else:
        assert found == fen


@given(st.text(max_size=200))
def test_no_text_makes_the_price_finder_fail(text: str) -> None:
    found = PriceFinder(triager().rules.stated_price).fen(text.lower())
    assert found is None or found >= 0


@given(st.lists(st.text("漏电没a1 !", min_size=1, max_size=3), unique=True), st.text("漏电没a1 !"))
@settings(max_examples=100)
def test_the_automaton_finds_what_the_plain_finder_finds(words: list[str], text: str) -> None:
    assert sorted(finder_of(words)(text)) == sorted(plain_finder(words)(text))
