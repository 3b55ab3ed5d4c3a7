"""Which language a text is written in, by script and commonest words. Called by `reader`."""

from __future__ import annotations

import re
from typing import Literal

ReadLanguage = Literal["zh", "en", "und"]

_HAN = re.compile("[\u4e00-\u9fff]")
_OTHER = re.compile("[\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]")
_WORDS = re.compile(r"[a-z']+")
_LATIN = re.compile(r"[a-zß-ÿāăąćčđęěğıłńňőœřśşšţťůűźżž']+")
_COMMON = """
the a an and or but if is are was were be been am has have had do does did not don't doesn't
didn't isn't wasn't can can't cannot could couldn't will won't would should it its it's i i'm
i've you your my we our they them their this that these those there here where when what why
how who which of to in on at for from with by about after before again still just only very
too so out up down off all any some more much many than then now today tomorrow yesterday
please thanks thank hello hi order ordered arrived received broken refund return item parcel
package delivery delivered late wrong want need help got get sent send money back never one
into over under through between because while until without two three four five first second
new old good bad great nice no yes not same other another left right time times day days week weeks
month year hours minutes size box bag shop store driver courier customer service seller says said
like as me him her his she he us also even every which whose price phone won working works work
colour color shipping tracking code app make made keep keeps take took turn came come goes went
"""
_ENGLISH = frozenset(_COMMON.split())
_ENDINGS = ("ing", "ed", "ly", "n't", "'s", "ness")
_SHORT, _SHARE = 3, 0.2


def language_of(text: str, words_found: bool = False) -> ReadLanguage:
    """Of a text in normal form. Chinese with Latin names in it is Chinese; another script, or
    Latin words that are hardly English, are `und`: nobody can say. `words_found`: the policy,
    which knows Chinese and English, knows words of it."""
    if text.isascii():
        words = _WORDS.findall(text)
        return "en" if words and words_found else _latin(words)
    if _OTHER.search(text):
        return "und"
    han = _HAN.search(text)
    if not han:
        return _latin(_LATIN.findall(text))
    words = _WORDS.findall(text)
    if len(words) <= _SHORT or len(_HAN.findall(text)) >= len(words):
        return "zh"
    return _latin(words)


def _latin(words: list[str]) -> ReadLanguage:
    known = sum([word in _ENGLISH or word.endswith(_ENDINGS) for word in words])
    if not known:
        return "und"
    return "en" if len(words) <= _SHORT or known >= len(words) * _SHARE else "und"
