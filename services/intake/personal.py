"""What is personal in a request: masks texts, brings phone numbers into one form, names secrets.

Called by `reception`, which seals what is found here. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import phonenumbers

from runtime.edge import ProblemError
from runtime.redaction import mask_text
from runtime.sealed import key_id
from schemas.persons import ADDRESS, NAME, PHONE
from schemas.values import Contact, Sealed
from services.intake.requests import ContactRequest

MAX_TEXT = 20_000
_MASKED_ORDER_FIELDS = ("transcript", "note", "region", "occasion")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and the text as it was if anything was taken out."""

    text: str
    original: str | None


def masked(text: str) -> Masked:
    """Mask a text. Stars may be longer than what they hide: then the masked end is cut off."""
    clean = mask_text(text)[:MAX_TEXT]
    return Masked(clean, None if clean == text else text)


def contact_secrets(contact: ContactRequest, phone_region: str) -> dict[str, str]:
    """What has to be sealed, by field. Raises ProblemError for a number that is none."""
    phone = None if contact.phone is None else normal_phone(contact.phone, phone_region)
    found = {NAME: contact.name, PHONE: phone, ADDRESS: contact.address}
    return {field: text for field, text in found.items() if text is not None}


def normal_phone(text: str, region: str) -> str:
    """A phone number in E.164. Raises ProblemError 422."""
    mobile = _mobile(region).fullmatch(text)
    if mobile is not None:
        return f"+{phonenumbers.country_code_for_region(region)}{mobile['national']}"
    problem = ProblemError(422, "invalid_phone", "contact.phone: no valid phone number")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise problem from None
    if not phonenumbers.is_valid_number(number):
        raise problem
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


@cache
def _mobile(region: str) -> re.Pattern[str]:
    """Mobile numbers of the region in plain digits, most numbers by far. The library says the same
    of them (a test asks it), at ten times the cost: so not those that a prefix could begin."""
    rules = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if rules is None or rules.mobile is None or not rules.mobile.national_number_pattern:
        return re.compile(r"(?!)")
    prefixes = [rules.national_prefix_for_parsing, rules.international_prefix, "0"]
    not_begun = "".join(f"(?!{prefix})" for prefix in prefixes if prefix)
    number = rf"{not_begun}(?P<national>{rules.mobile.national_number_pattern})"
    return re.compile(rf"(?:\+{rules.country_code})?{number}", re.ASCII)


def sealed_contact(boxes: Mapping[str, Sealed], region: str | None) -> Contact:
    """Contact data made of the boxes of `contact_secrets`."""
    return Contact(
        name=boxes.get(NAME),
        phone=boxes.get(PHONE),
        address=boxes.get(ADDRESS),
        region=None if region is None else mask_text(region),
    )


def checked(contact: Contact, shop: str, customer_id: str) -> Contact:
    """Boxes that a sender sealed must be this customer's, or nobody could open them."""
    key = str(key_id(shop, customer_id))
    for box in (contact.name, contact.phone, contact.address):
        if box is not None and box.key != key:
            raise ProblemError(422, "wrong_person", "contact: sealed for another customer")
    return contact


def forgotten() -> ProblemError:
    """Nothing more can be kept about somebody whose key was destroyed."""
    text = "this customer's data was erased: nothing more can be kept under the reference"
    return ProblemError(409, "person_forgotten", text)


def with_masked_remarks(data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts that people write into order events, masked wherever they stand."""
    return {name: _masked_remark(name, value) for name, value in data.items()}


def _masked_remark(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _MASKED_ORDER_FIELDS:
        return mask_text(value)[: max(MAX_TEXT, len(value))]
    if isinstance(value, dict):
        return with_masked_remarks(value)
    return value
