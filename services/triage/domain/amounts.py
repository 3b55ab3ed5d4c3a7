"""Finds the price of the goods that a customer states, for tickets whose order is unknown."""

from __future__ import annotations

import re
from decimal import Decimal

from services.triage.domain.rules import StatedPrice

FEN = 100
_DIGITS = {char: value for value, char in enumerate("一二三四五六七八九", start=1)} | {"两": 2}
_TIMES = {"千": 1_000, "k": 1_000, "万": 10_000, "w": 10_000}
_LARGEST = 10_000_000
_AMOUNT = (
    r"(?:(?P<number>(?:\d{1,3}(?:,\d{3})+|\d{1,8})(?:\.\d{1,2})?)|(?P<word>[一二两三四五六七八九]))"
    r"(?P<times>[千万kw])?(?P<more>多|余|来)?"
)


class PriceFinder:
    """Made once per policy."""

    def __init__(self, policy: StatedPrice) -> None:
        signs = "|".join(sorted(map(re.escape, policy.signs_fen), key=len, reverse=True))
        bought = "|".join(map(re.escape, policy.bought))
        units = "|".join(map(re.escape, policy.not_before)) or "(?!)"
        self._signs_fen = policy.signs_fen
        self._amount = re.compile(
            rf"(?:(?P<bought>{bought})[^\d。!?;,]{{0,4}}?)?(?P<sign>{signs})?\s*{_AMOUNT}\s*"
            rf"(?!\d|{units})"
            rf"(?P<unit>{signs})?(?=(?P<behind>.{{0,2}}(?:{bought}))?)"
        )
        self._not_after = tuple(policy.not_after)
        self._triggers = re.compile(rf"{bought}|{signs}")

    def fen(self, text: str) -> int | None:
        """The largest price of goods named in a lower-case text; None when there is none.

        "2000多" is a little more than 2,000.
        """
        if not self._triggers.search(text):
            return None
        prices = [self._price(found, text) for found in self._amount.finditer(text)]
        return max((price for price in prices if price is not None), default=None)

    def _price(self, found: re.Match[str], text: str) -> int | None:
        sign = found["sign"] or found["unit"]
        if not (sign or found["bought"] or found["behind"]):
            return None
        if found["word"] and not found["times"]:
            return None
        digits, word = found["number"], found["word"]
        before = text[max(0, found.start() - 8) : found.start("number" if digits else "word")]
        if any(other in before for other in self._not_after):
            return None
        number = Decimal(digits.replace(",", "")) if digits else Decimal(_DIGITS[word])
        value = number * _TIMES.get(found["times"] or "", 1)
        if value > _LARGEST:
            return None
        return int(value * self._signs_fen.get(sign or "", FEN)) + (1 if found["more"] else 0)
