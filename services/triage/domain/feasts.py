"""When feasts are: by a date, by a rule, by a table of the lunar calendar. Read by `days`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

DayOf = Callable[[int], date | None]
"""The day of a feast in a year; None where the table ends."""

FIRST_YEAR = 2024
_LUNAR = {
    "spring_festival": ((2, 10), (1, 29), (2, 17), (2, 6), (1, 26)),
    "lantern_festival": ((2, 24), (2, 12), (3, 3), (2, 20), (2, 9)),
    "dragon_boat": ((6, 10), (5, 31), (6, 19), (6, 9), (5, 28)),
    "qixi": ((8, 10), (8, 29), (8, 19), (8, 8), (8, 26)),
    "mid_autumn": ((9, 17), (10, 6), (9, 25), (9, 15), (10, 3)),
    "chongyang": ((10, 11), (10, 29), (10, 18), (10, 8), (10, 26)),
}
"""Month and day by year, from FIRST_YEAR on."""
_FIXED = {
    "new_year": (1, 1),
    "valentines_day": (2, 14),
    "womens_day": (3, 8),
    "labour_day": (5, 1),
    "love_day_520": (5, 20),
    "childrens_day": (6, 1),
    "teachers_day": (9, 10),
    "national_day": (10, 1),
    "halloween": (10, 31),
    "christmas_eve": (12, 24),
    "christmas": (12, 25),
}
SUNDAY, THURSDAY = 6, 3


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The second Sunday of May, say."""
    first = date(year, month, 1)
    return first + timedelta((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _lunar(name: str, year: int, shift: int = 0) -> date | None:
    place = year - FIRST_YEAR
    table = _LUNAR[name]
    if not 0 <= place < len(table):
        return None
    return date(year, *table[place]) + timedelta(shift)


def _fixed(month: int, day: int) -> DayOf:
    return lambda year: date(year, month, day)


def _by_moon(name: str) -> DayOf:
    return lambda year: _lunar(name, year)


FEASTS: dict[str, DayOf] = {
    **{name: _fixed(*day) for name, day in _FIXED.items()},
    **{name: _by_moon(name) for name in _LUNAR},
    "new_years_eve_lunar": lambda year: _lunar("spring_festival", year, -1),
    "mothers_day": lambda year: nth_weekday(year, 5, SUNDAY, 2),
    "fathers_day": lambda year: nth_weekday(year, 6, SUNDAY, 3),
    "thanksgiving": lambda year: nth_weekday(year, 11, THURSDAY, 4),
}


def nearest(name: str, today: date) -> date | None:
    """The day of that feast which lies nearest, past or to come; None: in no table."""
    days = [FEASTS[name](today.year + step) for step in (-1, 0, 1)]
    known = [day for day in days if day is not None]
    if not known:
        return None
    return min(known, key=lambda day: (abs((day - today).days), day < today))
