"""Sealed fields: AES-256-GCM with a key per person, bound to shop, person and field.

Used by intake and upstream adapters to seal, by the notifier to read, by dead letters for raw
bytes. Person keys are wrapped by the master key and kept in the keyring.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from runtime.clock import named_id, random_bytes
from runtime.database import Database, Tx
from runtime.sql_text import queries
from schemas.values import Sealed

Secret = tuple[str, str, str]
"""(person, field, text) to seal."""
OwnedSecret = tuple[str, str, str, str]
"""(shop, person, field, text) to seal."""
CACHED_KEYS = 10_000
BREATH = 50
"""So many secrets are sealed in one go."""


class SealBrokenError(Exception):
    """The box does not open: wrong shop, person or field, a wrong key, or it was altered."""


class PersonForgottenError(Exception):
    """The person's key was destroyed: nothing of theirs can be sealed or read any more."""


class Sealer:
    """Seals and opens values. Keys are kept in memory for the most recent persons."""

    def __init__(self, database: Database, master_key: str) -> None:
        self._database = database
        self._master = AESGCM(base64.b64decode(master_key, validate=True))
        self._keys: OrderedDict[UUID, bytes] = OrderedDict()

    async def seal_many(
        self, shop: str, secrets: Sequence[Secret], tx: Tx | None = None
    ) -> list[Sealed]:
        """Seal each secret for its person; new persons get their keys in one round trip.

        Inside a transaction give it along: a second connection could wait for ever for the first.
        Raises PersonForgottenError, DatabaseAwayError.
        """
        boxes = await self.seal_each([(shop, *secret) for secret in secrets], tx)
        sealed = [box for box in boxes if box is not None]
        if len(sealed) != len(boxes):
            raise PersonForgottenError("the key of a person was destroyed")
        return sealed

    async def seal_each(
        self, secrets: Sequence[OwnedSecret], tx: Tx | None = None
    ) -> list[Sealed | None]:
        """As `seal_many`, for secrets of several shops; None where a person's key was destroyed,
        which leaves the others as they are."""
        ids = [key_id(shop, person) for shop, person, _, _ in secrets]
        keys = await self._ready(ids, tx, create=True)
        boxes: list[Sealed | None] = []
        for number, secret in zip(ids, secrets, strict=True):
            boxes.append(_seal(keys[number], number, secret) if number in keys else None)
            if len(boxes) % BREATH == 0:
                await asyncio.sleep(0)  # a burst must not keep others waiting
        return boxes

    async def open_many(
        self, shop: str, boxes: Sequence[tuple[str, str, Sealed]]
    ) -> list[str | None]:
        """Open (person, field, sealed) boxes; None where the person's key was destroyed.

        Raises SealBrokenError when a box does not belong to that shop, person and field.
        """
        ids = [key_id(shop, person) for person, _, _ in boxes]
        keys = await self._ready(ids, create=False)
        return [
            _open(keys.get(number), number, shop, person, field, sealed)
            for number, (person, field, sealed) in zip(ids, boxes, strict=True)
        ]

    async def _ready(
        self, ids: Iterable[UUID], tx: Tx | None = None, *, create: bool
    ) -> dict[UUID, AESGCM]:
        """Keys of those persons who have one, made ready: a ready one takes 2.5 kB, and a
        microsecond to make, so that only the bytes are remembered."""
        found: dict[UUID, bytes] = {}
        missing = []
        for number in set(ids):
            key = self._keys.get(number)
            if key is None:
                missing.append(number)
            else:
                self._keys.move_to_end(number)
                found[number] = key
        if missing:
            found |= await self._fetched(sorted(missing), tx, create)
        return {number: AESGCM(key) for number, key in found.items()}

    async def _fetched(self, ids: Sequence[UUID], tx: Tx | None, create: bool) -> dict[UUID, bytes]:
        if tx is not None:  # what its transaction may still take back must not be remembered
            return await self._asked(tx, ids, create)
        async with self._database.single() as own:
            keys = await self._asked(own, ids, create)
        self._keys.update(keys)
        while len(self._keys) > CACHED_KEYS:
            self._keys.popitem(last=False)
        return keys

    async def _asked(self, tx: Tx, ids: Sequence[UUID], create: bool) -> dict[UUID, bytes]:
        if create:
            offers = [self._wrap(number, random_bytes(32)) for number in ids]
            rows = await tx.fetch(queries.offer_keys, ids, offers)
        else:
            rows = await tx.fetch(queries.fetch_keys, ids)
        return {
            row["id"]: self._unwrap(row["id"], row["wrapped"])
            for row in rows
            if row["wrapped"] is not None
        }

    def _wrap(self, number: UUID, key: bytes) -> bytes:
        nonce = random_bytes(12)
        return nonce + self._master.encrypt(nonce, key, number.bytes)

    def _unwrap(self, number: UUID, wrapped: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped[:12], wrapped[12:], number.bytes)
        except InvalidTag as error:
            raise SealBrokenError("the master key does not fit the keyring") from error


def key_id(shop: str, person: str) -> UUID:
    """Name of a person's key: a hash, so that it tells nothing."""
    return named_id("person-key", shop, person)


def _binding(shop: str, person: str, field: str) -> bytes:
    return "\x1f".join((shop, person, field)).encode()


def _seal(key: AESGCM, number: UUID, secret: OwnedSecret) -> Sealed:
    shop, person, field, text = secret
    nonce = random_bytes(12)
    body = key.encrypt(nonce, text.encode(), _binding(shop, person, field))
    return Sealed.model_construct(
        key=str(number), box=base64.urlsafe_b64encode(nonce + body).decode()
    )


def _open(
    key: AESGCM | None, number: UUID, shop: str, person: str, field: str, sealed: Sealed
) -> str | None:
    if sealed.key != str(number):
        raise SealBrokenError("the box was sealed for another person")
    if key is None:
        return None
    try:
        raw = base64.urlsafe_b64decode(sealed.box)
        return key.decrypt(raw[:12], raw[12:], _binding(shop, person, field)).decode()
    except (InvalidTag, ValueError) as error:
        raise SealBrokenError("the box does not open") from error
