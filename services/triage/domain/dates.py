"""Reads dates that a text states: tomorrow, next Saturday, the 20th, 5月20日. Called by `days`.

A date that says when something was bought, sent or asked is not one of those.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from services.triage.domain.numerals import DIGITS, chinese

_RELATIVE = {
    "大后天": 3, "后天": 2, "明天": 1, "明日": 1, "明晚": 1, "明早": 1, "明儿": 1, "今天": 0,
    "今日": 0, "今晚": 0, "今早": 0, "今儿": 0, "昨天": -1, "昨日": -1, "昨晚": -1,
    "大前天": -3, "前天": -2,
    "the day after tomorrow": 2, "day after tomorrow": 2, "tomorrow": 1, "tonight": 0, "today": 0,
    "the day before yesterday": -2, "yesterday": -1,
}  # fmt: skip
_WEEKDAYS = {char: number for number, char in enumerate("一二三四五六")} | {"日": 6, "天": 6}
_ENGLISH_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_N = r"(?:\d{1,2}|[一二两三四五六七八九十]{1,3})"
_DAY = (
    rf"(?P<relative>{'|'.join(sorted(_RELATIVE, key=len, reverse=True))})"
    r"|(?P<week>下下|下个|下|这个|这|本|上个|上)?(?<![一二两三四五六七八九十几每\d半])"
    r"(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末](?!次|回|趟|个))"
    r"|\b(?:(?P<which>next|this|last|coming)\s)?"
    rf"(?P<day_name>{'|'.join(_ENGLISH_DAYS)}|weekend)\b"
    r"|(?P<iso>20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2})[日号]?"
    rf"|(?P<month>{_N})月(?P<day>{_N})[日号]?"
    rf"|(?P<month_word>下个?月|这个?月|本月)(?P<day_of>{_N})[日号]"
    r"|(?P<month_end>月底|end of the month)"
    r"|(?<![\d/.])(?P<slashed>\d{1,2}/\d{1,2})(?![\d/.])"
    rf"|\b(?P<en_month>{_MONTH})\.?\s(?P<en_day>\d{{1,2}})(?:st|nd|rd|th)?\b"
    rf"|\b(?P<en_day_first>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<en_month_after>{_MONTH})\b"
    r"|\bthe\s(?P<en_only>\d{1,2})(?:st|nd|rd|th)\b"
    rf"|(?:还有|还剩|只剩|再过|再有|差|过)(?P<left>{_N})天|(?P<later>{_N})天(?:后|以后|之后|就)"
    r"|\bin\s(?P<en_in>\d{1,2})\sdays?\b|(?P<en_left>\d{1,2})\sdays?\s(?:left|away|to go)\b"
    r"|(?P<next_week>下个?(?:周|星期|礼拜)(?![一二三四五六日天末])|next week)"
    rf"|(?P<only_day>(?<![\d第月一二两三四五六七八九十型]){_N})[号日](?![色楼码店线机仓桌院门柜床铺])"
)
_DATES = re.compile(_DAY)
_DONE = re.compile(
    r"(?:晚上|早上|上午|中午|下午|那天|当天|就|才|刚|又|已经?|我|他们|你们|客服|卖家|商家|店家|快递|物流)*"
    r"(?:下的?单|买|拍|订(?!婚)|付|发的?货|发出|发的|签收|收到|拿到|到货|到的|到了|到手|寄|退|申请|"
    r"联系|打电话|问|说|约|出库|揽收|投诉|反馈)"
)
_DONE_BEFORE = re.compile(
    r"(?:ordered|bought|purchased|placed|arrived|received|shipped|delivered|came|dispatched|sent|"
    r"paid|complained|called|contacted|wrote)(?:\s(?:it|this|them|you|on|back|in|my|order)){0,3}\s*$"
)
_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class StatedDay:
    """A day that a text names, and where. `on` and `away` are None where they can't be told."""

    start: int
    on: date | None
    away: int | None


def stated_days(text: str, today: date | None) -> Iterator[StatedDay]:
    """Every day of which a text in normal form says that something is due or wanted on it."""
    for found in _DATES.finditer(text):
        if _DONE.match(text, found.end()) or _DONE_BEFORE.search(
            text, max(0, found.start() - _LOOKED_AT), found.start()
        ):
            continue
        try:
            on, away = _read(found, today)
        except ValueError:  # no such day: the 31st of a short month, 13/25
            continue
        if on is not None and today is not None:
            away = (on - today).days
        yield StatedDay(found.start(), on, away)


def _read(found: re.Match[str], today: date | None) -> tuple[date | None, int | None]:
    """The day, and how far it is where that is said. Raises ValueError for one that is none."""
    of = found.groupdict()
    away = _away(of)
    if away is not None:
        return (today + timedelta(away) if today else None), away
    if of["iso"]:
        year, month, day = map(int, re.split(r"[-/.年月]", of["iso"]))
        return date(year, month, day), None
    if today is None:
        _day_of_month(of)
        return None, None
    if of["weekday"] or of["day_name"] or of["next_week"]:
        return _by_week(of, today), None
    return _by_month(of, today), None


def _away(of: dict[str, str | None]) -> int | None:
    if of["relative"]:
        return _RELATIVE[of["relative"]]
    for name in ("left", "later", "en_in", "en_left"):
        days = of[name]
        if days:
            return _number(days)
    return None


def _by_week(of: dict[str, str | None], today: date) -> date:
    """A weekday alone is the next one, today's included; "this" and "next" go by weeks."""
    monday = today - timedelta(today.weekday())
    which = of["week"] or of["which"] or ""
    name = of["weekday"] or of["day_name"]
    if name is None:
        return monday + timedelta(7)
    if name in ("末", "weekend"):
        weekday = max(5, today.weekday()) if not which else 5
    else:
        weekday = _WEEKDAYS[name] if len(name) == 1 else _ENGLISH_DAYS.index(name)
    if which in ("", "coming"):
        return today + timedelta((weekday - today.weekday()) % 7)
    if which == "last":
        return today - timedelta((today.weekday() - weekday - 1) % 7 + 1)
    weeks = 2 if which == "下下" else 1 if which[0] in "下n" else -1 if which[0] == "上" else 0
    return monday + timedelta(7 * weeks + weekday)


def _by_month(of: dict[str, str | None], today: date) -> date:
    if of["month_end"]:
        return date(today.year, today.month, monthrange(today.year, today.month)[1])
    month, day = _day_of_month(of)
    if of["month_word"]:
        months = 1 if of["month_word"].startswith("下") else 0
        return _in_month(today.year, today.month + months, day)
    steps = (-1, 0, 1)
    if month is None:
        known = [*_existing((today.year, today.month + step, day) for step in steps)]
    else:
        known = [*_existing((today.year + step, month, day) for step in steps)]
    if not known:
        raise ValueError("no such day")
    return min(known, key=lambda each: (abs((each - today).days), each < today))


def _day_of_month(of: dict[str, str | None]) -> tuple[int | None, int]:
    """Month where one is named, and day. Raises ValueError for one that no month has."""
    month = _number(of["month"]) if of["month"] else None
    day = of["day"] or of["day_of"] or of["only_day"] or of["en_only"]
    if of["slashed"]:
        first, second = map(int, of["slashed"].split("/"))
        month, number = (second, first) if first > 12 else (first, second)
    elif of["en_day"] or of["en_day_first"]:
        name = of["en_month"] or of["en_month_after"] or ""
        month, number = _MONTHS.index(name[:3]) + 1, int(of["en_day"] or of["en_day_first"] or 0)
    else:
        number = _number(day) if day else 1
    if not 1 <= number <= 31 or not 1 <= (month or 1) <= 12:
        raise ValueError("no such day")
    return month, number


def _existing(days: Iterable[tuple[int, int, int]]) -> Iterator[date]:
    """Those that there are: not every month has a 31st."""
    for year, month, day in days:
        with suppress(ValueError):
            yield _in_month(year, month, day)


def _in_month(year: int, month: int, day: int) -> date:
    """A month beyond the year's end is one of the next year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, day)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    value = chinese(text) if len(text) > 1 or text not in DIGITS else DIGITS[text]
    if value is None:
        raise ValueError("no number")
    return int(value)
