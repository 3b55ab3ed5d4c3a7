"""What goes together in one call, and what goes alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.notifier.channels.channel import Outgoing
from services.notifier.domain.notice import URGENT, USUAL
from services.notifier.ledger import Letter
from services.notifier.packing import Piece, packs
from tests.support.notifier_story import NOON, SHOP


def piece(number: int, *, code: str = "SMS_1", phone: str = "", **changes: Any) -> Piece:
    """One message to a phone of its own, in its first try."""
    letter = Letter(
        id=UUID(int=number), shop_id=SHOP, about=f"t-{number}", recipient="customer", step=1,
        lane="sms", provider="aliyun_sms", template="acknowledged", language="zh", params={},
        phone=None, correlation=UUID(int=1), cause=UUID(int=2), traceparent=None, tries=1,
        tried_at=NOON, state="sending", age_s=0.0, asked=0, priority=USUAL,
    )._replace(**changes)  # fmt: skip
    to = phone or f"+86138{number:08d}"
    return letter, Outgoing(out_id=str(letter.id), recipient=to, template_code=code)


def numbers(found: list[list[Piece]]) -> list[list[int]]:
    return [[letter.id.int for letter, _ in pack] for pack in found]


def test_one_template_goes_together_up_to_the_most() -> None:
    pieces = [piece(number) for number in range(7)]
    assert numbers(packs(pieces, 3)) == [[0, 1, 2], [3, 4, 5], [6]]


def test_templates_go_apart() -> None:
    pieces = [piece(1), piece(2, code="SMS_2"), piece(3)]
    assert numbers(packs(pieces, 31)) == [[1, 3], [2]]


def test_second_tries_go_alone_and_urgent_ones_first() -> None:
    pieces = [piece(1), piece(2, tries=2), piece(3, priority=URGENT), piece(4)]
    assert numbers(packs(pieces, 31)) == [[3], [2], [1, 4]]


def test_urgent_ones_go_a_few_together_and_never_with_others() -> None:
    pieces = [piece(0), *(piece(number, priority=URGENT) for number in range(1, 7))]
    assert numbers(packs(pieces, 31)) == [[1, 2, 3, 4], [5, 6], [0]]
    assert numbers(packs(pieces, 3)) == [[1, 2, 3], [4, 5, 6], [0]]


def test_no_two_in_a_call_go_to_the_same_phone_however_it_is_written() -> None:
    phones = ["+8613800000001", "13800000001", "008613800000001", "+8613800000002"]
    pieces = [piece(number, phone=phone) for number, phone in enumerate(phones)]
    assert numbers(packs(pieces, 31)) == [[0, 3], [1], [2]]


def test_a_provider_that_takes_one_gets_one() -> None:
    assert numbers(packs([piece(1), piece(2)], 1)) == [[1], [2]]
