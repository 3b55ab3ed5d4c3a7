"""Personal data that stands in bad input: none of it may be found in answers, logs or letters."""

from __future__ import annotations

from collections.abc import Iterable

PHONE = "13877665544"
NAME = "欧阳晓雯"
ADDRESS = "幸福里小区9栋1802室"
ID_NUMBER = "110101199003074215"
EMAIL = "xiaowen.ouyang@mail.example"
PLANTED = (PHONE, NAME, ADDRESS, ID_NUMBER, EMAIL)
SAID = f"我是{NAME}，电话{PHONE}，住{ADDRESS}，{ID_NUMBER}，{EMAIL}"
"""All of it in one sentence."""


def found_in(texts: Iterable[str]) -> list[str]:
    """What stands there in the clear, also as JSON or a log would write it."""
    read = list(texts)
    return [one for one in PLANTED if any(one in text or _escaped(one) in text for text in read)]


def _escaped(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
