"""Finds the day for which something is needed: a feast or an occasion of one's own, and its date.

Called by `reader` for texts in which the policy's words name an occasion or a present.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.triage.domain.dates import StatedDay, stated_days
from services.triage.domain.feasts import nearest

PRESENT = "present"
"""Name of an occasion of which only the day is known, and that it is for somebody else."""
FARTHEST = 40
"""Characters between an occasion and the date that belongs to it."""
BESIDE = 8
"""So near, it is the feast's own, whatever the calendar says: other countries have other days."""
_FEASTS = (
    ("new_years_eve_lunar", "除夕|年夜饭|年三十"),
    (
        "spring_festival",
        "春节|过年|大年初|拜年|年货|新春|chinese new year|lunar new year|spring festival",
    ),
    ("lantern_festival", "元宵|lantern festival"),
    ("qixi", "七夕|qixi"),
    ("dragon_boat", "端午|dragon boat"),
    ("mid_autumn", "中秋|mid-autumn|mid autumn|moon festival"),
    ("chongyang", "重阳"),
    ("new_year", "元旦|跨年|new year"),
    ("valentines_day", "情人节|valentine"),
    ("womens_day", "妇女节|女神节|女生节|三八节|women's day"),
    ("labour_day", "五一|劳动节|labou?r day"),
    ("love_day_520", "520(?=的?(?:节|礼|送|当天|前|那天|快乐|要|到))"),
    ("childrens_day", "六一|儿童节|children's day"),
    ("teachers_day", "教师节|teachers?'?s? day"),
    ("national_day", "国庆|national day"),
    ("halloween", "万圣节|halloween"),
    ("thanksgiving", "感恩节|thanksgiving"),
    ("mothers_day", "母亲节|mother'?s'? day"),
    ("fathers_day", "父亲节|father'?s'? day"),
    ("christmas_eve", "平安夜|christmas eve"),
    ("christmas", "圣诞|christmas|xmas"),
)
_OWN = (
    ("birthday", "生日|大寿|过寿|寿宴|祝寿|做寿|birthday|bday"),
    ("wedding", "婚礼|结婚(?!纪念)|订婚|大婚|出嫁|wedding"),
    ("anniversary", "纪念日|周年|anniversary"),
    ("baby", "满月|百日|周岁|抓周|baby shower|christening"),
    ("graduation", "毕业|graduation"),
    ("housewarming", "乔迁|新居|housewarming"),
)
_WORDS = re.compile("|".join(f"(?P<{name}>{words})" for name, words in (*_OWN, *_FEASTS)))
_PRESENT = re.compile("送人|礼物|送礼|要送|礼品|送给|惊喜|走亲|gift|present|surprise|party")
_FEAST_NAMES = frozenset(name for name, _ in _FEASTS)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What something is needed for, and the day; `on` is None when no day is stated, or it can't
    be told which one it is."""

    name: str
    on: date | None


@dataclass(frozen=True, slots=True)
class DayFound:
    """An occasion, and how it lies to today: so many days ahead (past: below 0) where that can
    be told. `stated`: the text names a day, known or not."""

    occasion: Occasion
    away: int | None
    stated: bool


def occasion_in(text: str, today: date | None) -> DayFound | None:
    """The occasion that a text in normal form names; None when it names none.

    One of a person's own goes before a feast. `today`: in the shop's zone; None when unknown.
    """
    named = [*_WORDS.finditer(text)]
    own = [found for found in named if found.lastgroup not in _FEAST_NAMES]
    at = next(iter(own or named), None) or _PRESENT.search(text)
    if at is None:
        return None
    name = at.lastgroup or PRESENT
    day = _nearest_to(at.start(), stated_days(text, today))
    if day is None and name in _FEAST_NAMES:
        return _feast(name, today)
    if day is None:
        feast = next((found.lastgroup for found in named if found.lastgroup in _FEAST_NAMES), None)
        if feast:
            by_feast = _feast(feast, today)
            return DayFound(Occasion(name, by_feast.occasion.on), by_feast.away, by_feast.stated)
        return DayFound(Occasion(name, None), None, stated=False) if name != PRESENT else None
    beside = abs(day.start - at.start()) <= BESIDE
    if name in _FEAST_NAMES and today and not beside and not _fits(name, day, today):
        return _feast(name, today)
    return DayFound(Occasion(name, day.on), day.away, stated=True)


def _feast(name: str, today: date | None) -> DayFound:
    on = nearest(name, today) if today else None
    away = (on - today).days if on and today else None
    return DayFound(Occasion(name, on), away, stated=False)


def _fits(name: str, day: StatedDay, today: date) -> bool:
    """Whether a date in the text can be the feast's; else it is another matter's."""
    on = nearest(name, today)
    return on is None or day.on is None or abs((day.on - on).days) <= 1


def _nearest_to(place: int, days: Iterator[StatedDay]) -> StatedDay | None:
    close = [day for day in days if abs(day.start - place) <= FARTHEST]
    return min(close, key=lambda day: abs(day.start - place), default=None)
