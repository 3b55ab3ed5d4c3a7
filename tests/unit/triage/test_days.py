"""The day for which something is needed: feasts, weekdays, relative days and dates."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.triage.domain.dates import stated_days
from services.triage.domain.days import occasion_in
from services.triage.domain.feasts import FEASTS, nearest

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("today", "text", "name", "on"),
    [
        # feasts by rule, by date, by the moon
        ((2026, 5, 4), "母亲节的礼物还没到", "mothers_day", (2026, 5, 10)),
        ((2027, 5, 4), "母亲节的礼物还没到", "mothers_day", (2027, 5, 9)),
        ((2026, 6, 20), "父亲节就要到了", "fathers_day", (2026, 6, 21)),
        ((2026, 11, 23), "thanksgiving is this week", "thanksgiving", (2026, 11, 26)),
        ((2026, 12, 20), "圣诞礼物发错了", "christmas", (2026, 12, 25)),
        ((2026, 12, 28), "圣诞礼物到现在没影", "christmas", (2026, 12, 25)),
        ((2027, 1, 3), "圣诞礼物到现在没影", "christmas", (2026, 12, 25)),
        ((2026, 12, 30), "元旦聚会要用", "new_year", (2027, 1, 1)),
        ((2027, 2, 10), "情人节送女友", "valentines_day", (2027, 2, 14)),
        ((2026, 2, 10), "过年要用的年货", "spring_festival", (2026, 2, 17)),
        ((2026, 2, 14), "除夕的年夜饭要用", "new_years_eve_lunar", (2026, 2, 16)),
        ((2025, 9, 30), "中秋送人的月饼", "mid_autumn", (2025, 10, 6)),
        ((2026, 6, 15), "端午的粽子礼盒", "dragon_boat", (2026, 6, 19)),
        ((2028, 8, 20), "七夕礼物", "qixi", (2028, 8, 26)),
        ((2027, 2, 15), "元宵灯笼没到", "lantern_festival", (2027, 2, 20)),
        ((2026, 5, 18), "520的礼物还没发", "love_day_520", (2026, 5, 20)),
        ((2026, 12, 20), "will it be here before christmas eve?", "christmas_eve", (2026, 12, 24)),
        # relative days, across the ends of months and years
        ((2026, 11, 23), "明天我妈生日", "birthday", (2026, 11, 24)),
        ((2026, 11, 30), "明天我妈生日", "birthday", (2026, 12, 1)),
        ((2026, 12, 31), "明天我妈生日", "birthday", (2027, 1, 1)),
        ((2028, 2, 28), "明天婚礼", "wedding", (2028, 2, 29)),
        ((2026, 12, 30), "后天要送人的", "present", (2027, 1, 1)),
        ((2026, 12, 29), "大后天是爷爷大寿", "birthday", (2027, 1, 1)),
        ((2026, 3, 1), "昨天是她生日", "birthday", (2026, 2, 28)),
        ((2026, 11, 23), "还有三天就是婚礼了", "wedding", (2026, 11, 26)),
        ((2026, 11, 28), "5天后女儿生日", "birthday", (2026, 12, 3)),
        ((2026, 11, 23), "the party is tomorrow, it is a gift", "present", (2026, 11, 24)),
        ((2026, 11, 23), "birthday is the day after tomorrow", "birthday", (2026, 11, 25)),
        ((2026, 11, 29), "in 3 days it's her birthday", "birthday", (2026, 12, 2)),
        # weekdays; MONDAY is a Monday
        ((2026, 11, 23), "周六婚礼要用", "wedding", (2026, 11, 28)),
        ((2026, 11, 23), "下周三是孩子生日", "birthday", (2026, 12, 2)),
        ((2026, 11, 23), "下下周三是孩子生日", "birthday", (2026, 12, 9)),
        ((2026, 11, 25), "这周日我妈生日", "birthday", (2026, 11, 29)),
        ((2026, 11, 25), "礼拜天要送人", "present", (2026, 11, 29)),
        ((2026, 11, 25), "周三当天生日会", "birthday", (2026, 11, 25)),
        ((2026, 11, 25), "上周六的婚礼没赶上", "wedding", (2026, 11, 21)),
        ((2026, 12, 28), "下周五结婚", "wedding", (2027, 1, 8)),
        ((2026, 11, 23), "周末生日要用", "birthday", (2026, 11, 28)),
        ((2026, 11, 29), "周末生日要用", "birthday", (2026, 11, 29)),
        ((2026, 11, 23), "the wedding is next saturday", "wedding", (2026, 12, 5)),
        ((2026, 11, 23), "the wedding is on saturday", "wedding", (2026, 11, 28)),
        ((2026, 11, 23), "birthday this weekend", "birthday", (2026, 11, 28)),
        # dates
        ((2026, 5, 18), "5月20号是纪念日", "anniversary", (2026, 5, 20)),
        ((2026, 5, 18), "五月二十号她生日", "birthday", (2026, 5, 20)),
        ((2026, 12, 28), "1月2号孩子生日", "birthday", (2027, 1, 2)),
        ((2027, 1, 3), "12月24号她生日", "birthday", (2026, 12, 24)),
        ((2026, 11, 18), "20号我爸生日", "birthday", (2026, 11, 20)),
        ((2026, 11, 30), "3号我爸生日", "birthday", (2026, 12, 3)),
        ((2026, 12, 30), "2号我爸生日", "birthday", (2027, 1, 2)),
        ((2026, 11, 23), "下个月3号婚礼", "wedding", (2026, 12, 3)),
        ((2026, 12, 23), "下个月3号婚礼", "wedding", (2027, 1, 3)),
        ((2026, 2, 3), "月底毕业典礼", "graduation", (2026, 2, 28)),
        ((2026, 12, 20), "needed by 12/24 for a gift", "present", (2026, 12, 24)),
        ((2026, 12, 20), "birthday on 24/12", "birthday", (2026, 12, 24)),
        ((2026, 12, 20), "his birthday is dec 24th", "birthday", (2026, 12, 24)),
        ((2026, 12, 20), "his birthday is the 24th of december", "birthday", (2026, 12, 24)),
        ((2026, 12, 20), "birthday on the 30th", "birthday", (2026, 12, 30)),
        ((2026, 12, 20), "2027-01-05要送人", "present", (2027, 1, 5)),
        ((2026, 12, 20), "2027年1月5日婚礼", "wedding", (2027, 1, 5)),
        # which of several dates it is
        ((2026, 11, 23), "20号下的单,周六是我妈生日", "birthday", (2026, 11, 28)),
        ((2026, 11, 23), "昨天收到的生日礼物,明天就是正日子", "birthday", (2026, 11, 24)),
        ((2026, 11, 23), "ordered on nov 2nd, birthday is nov 25th", "birthday", (2026, 11, 25)),
        ((2026, 9, 20), "昨天收到的,中秋要送人", "mid_autumn", (2026, 9, 25)),
        ((2026, 6, 1), "后天就是父亲节了,手表还没发货", "fathers_day", (2026, 6, 3)),
        ((2026, 6, 1), "今天客服又不理我,父亲节要用的", "fathers_day", (2026, 6, 21)),
        ((2026, 11, 23), "给妈妈的生日礼物", "birthday", None),
        ((2026, 11, 23), "31号色的口红,生日礼物", "birthday", None),
        ((2040, 2, 1), "春节要用", "spring_festival", None),
    ],
)
def test_the_day_of_an_occasion(
    today: tuple[int, int, int], text: str, name: str, on: tuple[int, int, int] | None
) -> None:
    found = occasion_in(text, date(*today))
    assert found is not None
    assert (found.occasion.name, found.occasion.on) == (name, on and date(*on))
    if on:
        assert found.away == (date(*on) - date(*today)).days


@pytest.mark.parametrize("text", ["还没发货", "送人的", "颜色不对", "the colour is off", ""])
def test_a_text_without_an_occasion_or_a_day_has_none(text: str) -> None:
    assert occasion_in(text, MONDAY) is None


@pytest.mark.parametrize(
    ("text", "away", "stated"),
    [
        ("明天我妈生日", 1, True),
        ("还有三天就是婚礼了", 3, True),
        ("周六婚礼", None, True),
        ("12月24号她生日", None, True),
        ("圣诞礼物发错了", None, False),
        ("给妈妈的生日礼物", None, False),
    ],
)
def test_without_todays_date_only_what_the_text_says_is_known(
    text: str, away: int | None, stated: bool
) -> None:
    found = occasion_in(text, None)
    assert found is not None
    assert (found.occasion.on, found.away, found.stated) == (None, away, stated)


def test_every_feast_lies_within_half_a_year_or_so_of_any_day() -> None:
    for name in FEASTS:
        for month in range(1, 13):
            today = date(2026, month, 15)
            on = nearest(name, today)
            assert on is not None
            assert abs((on - today).days) <= 200, (name, today)


@given(
    st.lists(
        st.sampled_from(
            ["明天", "周", "六", "下", "月", "号", "31", "2", "13", "/", "-", "生日",
             "送人", "the ", "dec ", "2026", "年", "末", "天后", "十", "还有", "th", " ", "next ",
             "monday", "买"]
        ),
        max_size=12,
    ).map("".join),
    st.dates(date(2000, 1, 1), date(2199, 1, 1)),
)  # fmt: skip
def test_no_text_makes_it_fail(text: str, today: date) -> None:
    occasion_in(text, today)
    occasion_in(text, None)
    for day in stated_days(text, today):
        assert day.on is None or day.away == (day.on - today).days
