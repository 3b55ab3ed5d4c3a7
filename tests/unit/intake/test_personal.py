"""What is found personal in a request, and the one form of phone numbers."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.edge import ProblemError
from services.intake.personal import masked, normal_phone


def by_library(text: str, region: str) -> str | None:
    """What the library says of a number, without any short way."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def ours(text: str, region: str) -> str | None:
    try:
        return normal_phone(text, region)
    except ProblemError:
        return None


@pytest.mark.parametrize("region", ["CN", "US", "GB", "JP", "DE", "IT", "HK", "BR"])
def test_the_short_way_says_the_same_for_every_beginning(region: str) -> None:
    """Beginnings of five digits, with as many digits as mobile numbers of the region have."""
    rules = phonenumbers.PhoneMetadata.metadata_for_region(region)
    assert rules is not None
    assert rules.mobile is not None
    country = rules.country_code
    for size in rules.mobile.possible_length:
        for begin in range(0, 100_000, 173):
            digits = f"{begin:05}".ljust(size, "6")
            for text in (digits, f"+{country}{digits}", f"0{digits}", f"{country}{digits}"):
                assert ours(text, region) == by_library(text, region), text


@given(st.from_regex(r"(\+86|0086|86|0)?1[0-9]{9,11}", fullmatch=True))
def test_chinese_numbers_however_they_begin(text: str) -> None:
    assert ours(text, "CN") == by_library(text, "CN")


@pytest.mark.parametrize(
    "text", ["138 1234 5678", "+86 138-1234-5678", "１３８１２３４５６７８", "13812345678\n"]
)
def test_other_spellings_go_the_long_way(text: str) -> None:
    assert ours(text, "CN") == by_library(text, "CN") == "+8613812345678"


@given(st.text(alphabet="灯坏了 @.٣3a号楼室", max_size=40))
def test_a_text_is_kept_sealed_only_when_something_was_taken_out(text: str) -> None:
    said = masked(text)
    assert (said.original is None) is (said.text == text)
