"""Opens sealed phone numbers just before use. Called by the SMS lane, the questions and
whoever matches reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from runtime.database import DatabaseAwayError
from runtime.sealed import SealBrokenError, Sealer
from schemas.persons import PHONE
from schemas.values import Sealed
from services.notifier.channels.codes import FINAL, rejected
from services.notifier.channels.outcome import Rejected
from services.notifier.guarded import Held
from services.notifier.ledger import Letter, Origin

AWAY_S = 1.0


async def open_phones(
    sealer: Sealer, letters: Sequence[Letter | Origin]
) -> dict[UUID, str | Rejected | Held]:
    """The number of each letter; else why there is none, or Held while the keys can't be read."""
    by_shop: dict[str, list[Letter | Origin]] = defaultdict(list)
    for letter in letters:
        by_shop[letter.shop_id].append(letter)
    found: dict[UUID, str | Rejected | Held] = {}
    for shop, group in by_shop.items():
        found |= await _of_shop(sealer, shop, group)
    return found


async def _of_shop(
    sealer: Sealer, shop: str, letters: Sequence[Letter | Origin]
) -> dict[UUID, str | Rejected | Held]:
    boxes: list[tuple[str, str, Sealed]] = [
        (letter.phone.person, PHONE, letter.phone.sealed)
        for letter in letters
        if letter.phone is not None
    ]
    ids = [letter.id for letter in letters if letter.phone is not None]
    lacking = {each.id: _none("local.no_phone") for each in letters if each.phone is None}
    try:
        numbers = await sealer.open_many(shop, boxes)
    except SealBrokenError:
        if len(letters) == 1:
            return {letters[0].id: _none("local.seal_broken")}
        apart = [await _of_shop(sealer, shop, [letter]) for letter in letters]
        return {key: value for single in apart for key, value in single.items()}
    except DatabaseAwayError:
        return {letter.id: Held(AWAY_S) for letter in letters}
    forgotten = _none("local.person_forgotten")
    found: dict[UUID, str | Rejected | Held] = dict(lacking)
    for number, phone in zip(ids, numbers, strict=True):
        found[number] = forgotten if phone is None else phone
    return found


def _none(code: str) -> Rejected:
    return rejected(code, "there is no number to send to", FINAL)
