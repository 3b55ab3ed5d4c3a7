"""What holds for any SMS: how many parts it is billed as, and how a number is written.
Called by aliyun_sms and by whoever plans the spend."""

from __future__ import annotations

import math

SINGLE_UNITS = 70
PART_UNITS = 67


def billed_parts(text: str, sign_name: str) -> int:
    """How many SMS a text costs: one up to 70 characters with the signature's brackets, else
    parts of 67. Characters are UTF-16 units, so most emoji are two."""
    units = len(f"【{sign_name}】{text}".encode("utf-16-le", errors="replace")) // 2
    return 1 if units <= SINGLE_UNITS else math.ceil(units / PART_UNITS)


def wire_phone(phone: str) -> str:
    """A phone number as the provider wants it: national for China, else country code first."""
    digits = phone.strip().removeprefix("+").removeprefix("00")
    return digits[2:] if digits.startswith("86") and len(digits) == 13 else digits
