"""Secrets that shops sign with: one JSON file, read at the start; a missing one refuses to start.

Form: `{"shop-a": [{"secret": "whsec_...", "expires_at": "2026-01-02T00:00:00Z"}]}`; at most two
secrets a shop, of which an expiring one ends within 24 hours of being replaced.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from runtime.webhooks import read_secret
from schemas.values import Instant, Ref


class SecretsError(Exception):
    """The file of shop secrets can't be used; the text never holds a secret."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    secret: str = Field(description="whsec_ and base64 of at least 32 bytes.")
    expires_at: Instant | None = Field(default=None, description="End of an old secret (UTC).")


_FILE = TypeAdapter(dict[Ref, list[_Entry]])


@dataclass(frozen=True, slots=True)
class ShopSecret:
    """One secret; `expires_s` in seconds since 1970, None when it does not end."""

    secret: bytes
    expires_s: int | None


class ShopSecrets:
    """The secrets of all shops."""

    def __init__(self, shops: dict[str, tuple[ShopSecret, ...]]) -> None:
        self._shops = shops

    @classmethod
    def load(cls, path: Path) -> ShopSecrets:
        """Read the file. Raises SecretsError naming the shop and what is wrong."""
        try:
            entries = _FILE.validate_python(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            what = "not the expected form" if isinstance(error, ValidationError) else str(error)
            raise SecretsError(f"{path.name}: {what}") from None
        shops = {shop: _of_shop(shop, found) for shop, found in entries.items()}
        if not shops:
            raise SecretsError(f"{path.name}: no shop has a secret")
        return cls(shops)

    def active(self, shop: str, now_s: int) -> tuple[bytes, ...] | None:
        """Secrets that count now; None for an unknown shop."""
        found = self._shops.get(shop)
        if found is None:
            return None
        return tuple(s.secret for s in found if s.expires_s is None or s.expires_s > now_s)


def _of_shop(shop: str, entries: list[_Entry]) -> tuple[ShopSecret, ...]:
    if not 1 <= len(entries) <= 2:
        raise SecretsError(f"{shop}: one or two secrets are expected, not {len(entries)}")
    if sum(entry.expires_at is None for entry in entries) != 1:
        raise SecretsError(f"{shop}: exactly one secret has no expires_at")
    secrets = []
    for entry in entries:
        try:
            secret = read_secret(entry.secret)
        except ValueError as error:
            raise SecretsError(f"{shop}: {error}") from None
        expires = None if entry.expires_at is None else int(entry.expires_at.timestamp())
        secrets.append(ShopSecret(secret, expires))
    return tuple(secrets)
