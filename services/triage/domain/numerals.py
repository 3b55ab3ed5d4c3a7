"""Numbers as people write them: Chinese numerals, English words. Read by `amounts` and `days`."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000}
CHINESE = "[〇零一二两三四五六七八九十百千万]"
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = (
    {word: value for value, word in enumerate(_SMALL)}
    | {word: 10 * value for value, word in enumerate(_TENS, start=2)}
    | {"a": 1}
)
_SCALES = {"hundred": 100, "thousand": 1_000, "grand": 1_000}
_WORDS = "|".join(sorted((*_ENGLISH, *_SCALES), key=len, reverse=True))
ENGLISH = rf"\b(?:{_WORDS})(?:(?:[ -]|\s+and\s+)(?:{_WORDS}))*\b"
TIMES = {"百": 100, "千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000, "grand": 1_000}


def chinese(text: str) -> Decimal | None:
    """两千五 is 2,500, 一万二 is 12,000, 二〇二六 is 2,026, 两三千 is 2,500; None: no number."""
    if not any(char in _UNITS for char in text):
        digits = "".join(str(DIGITS[char]) for char in text)
        return Decimal(digits) if digits else None
    about = _between_two(text)
    if about is not None:
        return about
    whole, part, last = 0, 0, 0
    digit: int | None = None
    for char in text:
        if char in DIGITS:
            if digit:
                return None
            digit = DIGITS[char]
            last = 0 if char in "零〇" else last
            continue
        last = _UNITS[char]
        if last == 10_000:
            whole, part, digit = (whole + part + (digit or 0)) * last, 0, None
        else:
            part, digit = part + (1 if digit is None else digit) * last, None
    # a bare digit at the end counts the next smaller unit: 三百五 is 350
    return Decimal(whole + part + (digit or 0) * (max(last // 10, 1) if last > 10 else 1))


def _between_two(text: str) -> Decimal | None:
    """两三千: halfway between both."""
    found = re.fullmatch(rf"([一二两三四五六七八九])([二两三四五六七八九])({CHINESE}+)", text)
    if not found:
        return None
    low, high = (chinese(digit + found[3]) for digit in (found[1], found[2]))
    return None if low is None or high is None else (low + high) / 2


def english(text: str) -> Decimal | None:
    """Two thousand five hundred is 2,500; twenty-five hundred too. None: no number."""
    whole = part = 0
    for word in re.split(r"[ -]+", text):
        if word == "and":
            continue
        if word in _SCALES:
            part = (part or 1) * _SCALES[word]
            if _SCALES[word] == 1_000:
                whole, part = whole + part, 0
        elif word in _ENGLISH:
            part += _ENGLISH[word]
        else:
            return None
    return Decimal(whole + part)


def with_times(number: Decimal, times: str, tail: str = "") -> Decimal:
    """2, 千, 5 is 2,500: a bare digit behind counts the next smaller unit."""
    unit = TIMES[times]
    return number * unit + (int(tail) if tail.isdigit() else DIGITS.get(tail, 0)) * (unit // 10)
