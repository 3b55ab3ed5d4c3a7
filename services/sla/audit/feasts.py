"""Which days are off for a holiday and which are worked for one, by looking at each. Read by
`calendar` from plain JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

DAY = timedelta(days=1)
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SATURDAY, SUNDAY = 5, 6


class Feasts:
    """The holidays of a country: `content` as the file has it, `overlay` the years put over it."""

    def __init__(self, content: Mapping[str, Any], overlay: Mapping[str, Any]) -> None:
        self._observed = bool(content.get("observed"))
        self._rules = content.get("rules") or ()
        years = {**(content.get("years") or {}), **overlay}
        listed = [feast for year in years.values() for feast in year["holidays"]]
        self._listed = {int(year) for year in years}
        self._off = {day for feast in listed for day in _days(feast["days"])}
        self._work = {_date(day) for feast in listed for day in feast.get("work") or ()}
        self._by_rule: dict[int, set[date]] = {}

    def worked(self, day: date) -> bool:
        """Whether it is a make-up workday."""
        return day in self._work

    def off(self, day: date) -> bool:
        """Whether it is a holiday. One that is moved may come from the year before or after."""
        near = (day.year - 1, day.year, day.year + 1)
        return day in self._off or any(day in self._of(year) for year in near)

    def _of(self, year: int) -> set[date]:
        if year not in self._by_rule:
            self._by_rule[year] = set() if year in self._listed else set(self._ruled(year))
        return self._by_rule[year]

    def _ruled(self, year: int) -> Iterator[date]:
        for rule in self._rules:
            if (rule.get("since") or year) <= year <= (rule.get("until") or year):
                for day in _every_day(year):
                    if _falls_on(rule, day):
                        yield self._moved(day)

    def _moved(self, day: date) -> date:
        if self._observed and day.weekday() == SATURDAY:
            return day - DAY
        if self._observed and day.weekday() == SUNDAY:
            return day + DAY
        return day


def _falls_on(rule: Mapping[str, Any], day: date) -> bool:
    if day.month != rule["month"]:
        return False
    if rule.get("day") is not None:
        return day.day == int(rule["day"])
    if DAY_NAMES[day.weekday()] != rule["weekday"]:
        return False
    if rule["nth"] == -1:
        return (day + 7 * DAY).month != day.month
    return (day.day - 1) // 7 + 1 == int(rule["nth"])


def _every_day(year: int) -> Iterator[date]:
    day = date(year, 1, 1)
    while day.year == year:
        yield day
        day += DAY


def _days(text: object) -> Iterator[date]:
    """2026-05-01, or all of 2026-05-01..2026-05-05."""
    ends = [_date(part) for part in str(text).split("..")]
    day = ends[0]
    while day <= ends[-1]:
        yield day
        day += DAY


def _date(text: object) -> date:
    return date.fromisoformat(str(text))
