"""Very long texts and texts that say the same thing again: what is read of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.length import Shortening, unrepeated
from tests.unit.triage.complaints import triaged

LONG = "这个快递我等了很久还是没有动静，打电话也没有说清楚到底在哪里。"


@pytest.mark.parametrize("blank", ["\n", " ", "\u3000", "\t\n "])
def test_blanks_do_not_hide_a_danger(blank: str) -> None:
    blanks = blank * (9_000 // len(blank))
    told = triaged(f"你好{blanks}插座漏电{blanks}还没人来看")
    assert (told.level, told.safety) == ("L1", True)


@pytest.mark.parametrize("before", [0, 40, 2_900, 5_000, 9_000])
def test_a_danger_is_read_wherever_it_stands(before: int) -> None:
    varied = "".join(chr(0x5000 + number % 900) for number in range(12_000))
    told = triaged(f"{varied[:before]}。插座漏电，孩子被电伤住院。{varied[before:]}")
    assert (told.level, told.safety) == ("L1", True)


def test_beginning_and_end_of_a_long_text_are_read() -> None:
    text = f"{'甲' * 500}乙{'丙' * 500}丁"
    assert Shortening(100, []).of(text) == f"{'甲' * 75}\n{'丙' * 24}丁"
    assert Shortening(2_000, []).of(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "退款什么时候到账？" * 8, "退钱！" * 30, "在吗？" * 30, "人呢？" * 30, "哈哈哈哈" * 20,
        "refund! " * 15, "请问怎么开发票？" * 20, "客服半天不回消息。" * 20,
    ],
)  # fmt: skip
def test_asking_again_and_again_is_no_danger(text: str) -> None:
    told = triaged(text)
    assert (told.level, told.safety, told.threat) == ("L2", False, "none")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("在吗?在吗?在吗?在吗?", "在吗?"),
        ("退钱退钱退钱退钱退钱退钱退钱", "退钱"),
        ("漏电了!漏电了!退钱!漏电了!", "漏电了!退钱!"),
        ("买了两次,两次都坏了", "买了两次,两次都坏了"),
        ("", ""),
    ],
)
def test_what_was_said_before_is_read_once(text: str, read: str) -> None:
    assert unrepeated(text) == read


@given(st.text("漏电了,退。 ok!", max_size=80))
def test_nothing_new_is_read_and_nothing_that_was_said_is_lost(text: str) -> None:
    read = unrepeated(text)
    assert len(read) <= len(text)
    assert {*read} - {" "} == {*text} - {" "}


def test_a_danger_among_repeats_stays() -> None:
    told = triaged("在吗？" * 30 + "插座漏电了" + "人呢？" * 30)
    assert (told.level, told.safety) == ("L1", True)
