"""Ways of writing that mean the same give the same normal form, and with it the same reading."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from services.triage.domain.text import NormalForm
from services.triage.training.texts import examples
from tests.unit.triage.complaints import triager

RULES = triager().rules
FORM = NormalForm(RULES)
CHINESE = re.compile(r"[\u4e00-\u9fff,。!?0-9，！？]{6,}")
CHANGED = {pair[0] for pair in RULES.variants.split()}
OWN = [
    one.text for one in examples() if CHINESE.fullmatch(one.text) and CHANGED.isdisjoint(one.text)
][::8]
TRADITIONAL = {
    pair[1]: pair[0]
    for pair in RULES.variants.split()
    if len(pair) == 2 and "\u4e00" <= pair[0] <= "\u9fff"
}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("漏 电 了", "漏电了"),
        ("插座漏.电了,手麻", "插座漏电了,手麻"),
        ("插座漏 电了", "插座漏电了"),
        ("老漏 电话打不通", "老漏 电话打不通"),
        ("坏了 电话没人接", "坏了 电话没人接"),
        ("我要退 货", "我要退货"),
        ("冒~烟", "冒烟"),
        ("2 0 0 0 块", "2000块"),
        ("坏了.退货", "坏了.退货"),
        ("kd还没到,kf不理", "快递还没到,客服不理"),
        ("ＫＤ还没到", "快递还没到"),
        ("问kf说等", "问客服说等"),
        ("我要 tk 快点", "我要 退款 快点"),
        ("the kd is late", "the kd is late"),
        ("型号kd500", "型号kd500"),
        ("退欵呢", "退款呢"),
        ("块递丢了,找客付", "快递丢了,找客服"),
        ("热水器漏申", "热水器漏电"),
        ("打一二三一五", "打12315"),
        ("打１２３１５", "打12315"),
        ("熱水器漏電,手麻", "热水器漏电,手麻"),
        ("買個手機,螢幕碎了", "买个手机,萤幕碎了"),
        ("被⚡了一下", "被电了一下"),
        ("明天是她🎂", "明天是她生日"),
        ("吃完就🤮了", "吃完就吐了"),
        ("佢話唔退", "他话不退"),
        ("改签手续费", "改签手续费"),
        ("在这里物流不动", "在这里物流不动"),
        ("It’s  LATE", "it's  late"),
        ("漏\u200b电\ufe0f", "漏电"),
    ],
)
def test_what_is_written_in_many_ways_reads_the_same(written: str, read: str) -> None:
    assert FORM.of(written) == read


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def traditional(text: str) -> str:
    return "".join(TRADITIONAL.get(c, c) for c in text)


def set_apart(text: str) -> str:
    return " ".join(text)


def invisible(text: str) -> str:
    return "\u200b".join(text)


@pytest.mark.parametrize("change", [full_width, traditional, set_apart, invisible])
def test_a_way_of_writing_moves_no_outcome(change: Callable[[str], str]) -> None:
    """The same normal form is the same reading: nothing behind it sees anything else."""
    assert len(OWN) > 200
    moved = [text for text in OWN if FORM.of(change(text)) != FORM.of(text)]
    assert not moved, moved[:3]


@pytest.mark.parametrize("family", ["short_forms", "spellings"])
def test_abbreviations_and_slips_move_no_outcome(family: str) -> None:
    forms: dict[str, str] = getattr(RULES, family)
    for usual, many in forms.items():
        for other in many.split():
            assert FORM.of(f"说{other},在吗") == FORM.of(f"说{usual},在吗")


def test_the_table_of_characters_is_wide_and_changes_no_simplified_one() -> None:
    pairs = [pair for pair in RULES.variants.split() if "\u4e00" <= pair[0] <= "\u9fff"]
    assert len(pairs) > 1_000
    assert len({pair[0] for pair in pairs}) == len(pairs)
    # once is enough: nothing that a character stands for stands for something else
    table = {ord(pair[0]): pair[1:] for pair in pairs}
    assert all(pair[1:].translate(table) == pair[1:] for pair in pairs)


def test_ordinary_text_stays_as_it_is() -> None:
    """No slip of the pen is found where there is none: in texts written with care."""
    changed = [text for text in OWN if FORM.of(text) != _narrow(text)]
    assert len(changed) <= len(OWN) // 100, changed


def _narrow(text: str) -> str:
    return text.translate({ord("，"): ",", ord("！"): "!", ord("？"): "?"})
