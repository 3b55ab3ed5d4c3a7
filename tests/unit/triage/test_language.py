"""Which language a text is in: by script and words, not by where it came from."""

from __future__ import annotations

import pytest

from services.triage.domain.facts import Facts
from tests.unit.triage.models import plain


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("还没发货", "zh"),
        ("iPhone 15 Pro Max 充不进电", "zh"),
        ("wifi连不上", "zh"),
        ("ｋｄ呢", "zh"),
        ("貨還沒到", "zh"),
        ("嗯", "zh"),
        ("it has not arrived yet", "en"),
        ("BROKEN!!!", "en"),
        ("where's my parcel", "en"),
        ("café table arrived broken", "en"),
        ("I bought 华为 phone and it is dead on arrival, please send me a new one", "en"),
        ("el paquete llegó roto y nadie contesta", "und"),
        ("das Paket ist kaputt angekommen", "und"),
        ("届いた商品が壊れています", "und"),
        ("배송이 안 왔어요", "und"),
        ("посылка не пришла", "und"),
        ("?????", "und"),
        ("12345", "und"),
        ("", "und"),
        ("asdf qwer zxcv", "und"),
        ("👍👍", "und"),
    ],
)
def test_the_language_of_a_text(text: str, language: str) -> None:
    assert plain().read(text, Facts()).language == language
