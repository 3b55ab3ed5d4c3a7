"""Finds the price of the goods that a customer states, for tickets whose order is unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from services.triage.domain.numerals import CHINESE, ENGLISH, chinese, english, with_times
from services.triage.domain.reading_policy import StatedPrice

FEN = 100
_LARGEST = 10_000_000
_BELOW = "不到|不足|将近|接近|差不多|快|近|小|under|less than|nearly|almost|close to|just short of"
_ABOVE = "超过|大几|好几|over|more than|upwards of"
_SCREENS = "[的高超]?(?:电视|屏|显示|分辨|清|画质|投影|视频|摄像|tv\\b|monitor|video|screen)"
_NUMBER = (
    r"(?:(?<![a-z\d-])(?P<number>(?:\d{1,3}(?:,\d{3})+|\d{1,8})(?:\.\d{1,2})?)"
    rf"(?:(?P<times>[千万]|w(?=[多块元买])|k(?!{_SCREENS}|[a-z])|\s?grand\b)(?P<tail>[1-9一二三四五六七八九](?![\d.%]))?)?"
    rf"|(?P<word>(?:[一二两三四五六七八九]){CHINESE}*[百千万][一二三四五六七八九]?(?!{CHINESE})"
    rf"|[一二两三四五六七八九十]{CHINESE}+(?!{CHINESE}))"
    rf"|(?P<english>{ENGLISH}))"
)
_MORE = r"(?P<more>多|余|来(?=[块元])|出头|挂零|\+)?"
_ITS = (
    "的那?(?=[\u4e00-\u9fff])(?!屏|分辨|像素|编号|型号|电话|热线|日历|新款|年|毫安|转|流明|目|号|工单"
    "|投诉|时候|话|粉丝|概率|订单|机会|字|人|地方|赞|步|订阅|播放|浏览|灯|快充|充电)"
    "|(?:这|那)(?:单|件|台|双|套|部|块|条|只|张)"
    "|(?:变|变成|降到|降成|降至|跌到|掉到)(?=\\d)"
)
_FOUR = re.compile(r"(?!20[0-3]\d$|[1-9]0[5-9]0$|12315|12345)\d{1,2},?\d{3}(?:\.\d+)?")
_LARGE = re.compile(r"\d{3}|[百千万]|\dk|\dw|hundred|thousand|grand")
_ENDS = ",。!?;\n"


class PriceFinder:
    """Made once per policy."""

    def __init__(self, policy: StatedPrice) -> None:
        signs = _any_of(policy.signs_fen)
        bought = _any_of(policy.bought)
        units = _any_of(policy.not_before)
        goods = _any_of(policy.goods)
        self._signs_fen = policy.signs_fen
        self._amount = re.compile(
            rf"(?:(?P<bought>{bought})[^\d{_ENDS}]{{0,4}}?"
            rf"|(?P<goods>{goods})[^\d{_ENDS}]{{0,2}}?)?(?P<sign>{signs})?\s*"
            rf"(?:(?P<below>{_BELOW})|(?P<above>{_ABOVE}))?\s*{_NUMBER}{_MORE}\s*"
            rf"(?!\d|k|{units})"
            rf"(?P<unit>{signs})?(?=(?P<behind>.{{0,2}}(?:{bought})|的?\s?(?:{goods}))?)"
            rf"(?=(?P<its>{_ITS}))?"
        )
        self._not_after = tuple(policy.not_after)
        self._not_behind = re.compile(rf"[的钱]?.{{0,2}}?(?:{_any_of(policy.not_behind)})")
        self._triggers = re.compile(
            rf"{bought}|{signs}|{goods}|[\d一二三四五六七八九千万百多][的那这变降跌掉]"
        )

    def price(self, text: str) -> tuple[int, str] | None:
        """The largest price of goods named in a lower-case text, fen, and the words that state it:
        number and unit, with what says that it was paid. None when there is none, or it is below
        a hundred units.

        "2000多" is a little more than 2,000, "不到2000" a little less.
        """
        if not (_LARGE.search(text) and self._triggers.search(text)):
            return None
        prices = [
            (fen, _told(found))
            for found in self._amount.finditer(text)
            if (fen := self._price(found, text)) is not None
        ]
        return max(prices, key=_fen, default=None)

    def fen(self, text: str) -> int | None:
        """The same, without its words."""
        price = self.price(text)
        return price and price[0]

    def _price(self, found: re.Match[str], text: str) -> int | None:
        sign = found["sign"] or found["unit"]
        if not (sign or found["bought"] or found["behind"] or _is_large(found)):
            return None
        value = _value(found)
        if value is None or value > _LARGEST or self._is_no_price(found, text):
            return None
        fen = int(value * self._signs_fen.get(sign or "", FEN))
        return fen + (1 if found["more"] or found["above"] else -1 if found["below"] else 0)

    def _is_no_price(self, found: re.Match[str], text: str) -> bool:
        """Money that is wanted, given or saved: what it is stands near it, in its clause."""
        first = next(found.start(name) for name in _FORMS if found[name])
        before = text[max(0, found.start() - 8) : first]
        cut = max(before.rfind(end) for end in _ENDS)
        if any(other in before[cut + 1 :] for other in self._not_after):
            return True
        return self._not_behind.match(text, found.end()) is not None


_FORMS = ("number", "word", "english")
_SHOWN = ("sign", "below", "above", *_FORMS, "times", "tail", "more", "unit")


def _fen(price: tuple[int, str]) -> int:
    return price[0]


def _told(found: re.Match[str]) -> str:
    """A number, and the policy's own words around it: nothing else that a customer wrote."""
    first = min(found.start(name) for name in _SHOWN if found[name])
    last = max(found.end(name) for name in _SHOWN if found[name])
    return f"{found['bought'] or ''}{found.string[first:last]}"


def _is_large(found: re.Match[str]) -> bool:
    """Such a number right before or behind what is complained about is its price: 两千三的扫地机,
    衣柜一万八, 2580的鱼缸, 手机 5288."""
    spelt = found["word"] or found["times"] or found["english"]
    if found["goods"] or found["its"]:
        return bool(spelt) or _FOUR.fullmatch(found["number"] or "") is not None
    return False


def _value(found: re.Match[str]) -> Decimal | None:
    if found["word"]:
        return chinese(found["word"])
    if found["english"]:
        return english(found["english"])
    number = Decimal(found["number"].replace(",", ""))
    times = found["times"]
    return with_times(number, times.strip(), found["tail"] or "") if times else number


def _any_of(words: Iterable[str]) -> str:
    """One of them; with no words: nothing."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"
