"""Variables of evidence besides the runtime's, and those of the verifier."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings import RuntimeSettings


def _is_seed(value: SecretStr) -> SecretStr:
    _decoded(value.get_secret_value())
    return value


def _is_public_key(value: str) -> str:
    if value:
        _decoded(value)
    return value


def _decoded(value: str) -> bytes:
    try:
        raw = base64.b64decode(value, validate=True)
    except ValueError as error:
        raise ValueError("must be base64") from error
    if len(raw) != 32:
        raise ValueError(f"must be 32 bytes in base64, not {len(raw)}")
    return raw


class EvidenceSettings(RuntimeSettings):
    """What the service needs."""

    niceness: int = Field(
        default=10,
        ge=0,
        le=19,
        description="The archive gives way when cores are short: nobody waits for it.",
    )
    object_store: str = Field(
        default=".aftercare/objects",
        min_length=1,
        description="Folder, or URL of an object store, that files and segments lie in.",
    )
    evidence_signing_key: Annotated[SecretStr, AfterValidator(_is_seed)] = Field(
        description="Seed of the Ed25519 key that signs tree heads: 32 bytes, base64."
    )
    evidence_gather_ms: int = Field(
        default=200, ge=0, le=5000, description="Wait for a fuller batch: fewer, larger segments."
    )
    evidence_gather_bytes: int = Field(
        default=256 * 1024, ge=1, description="Bytes on the broker that end that wait."
    )

    @property
    def signing_seed(self) -> bytes:
        """The seed itself."""
        return _decoded(self.evidence_signing_key.get_secret_value())


class VerifierSettings(BaseSettings):
    """What checking the archive needs: reading rights only."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    database_url: SecretStr = Field(description="PostgreSQL URL that may read schema evidence.")
    object_store: str = Field(
        default=".aftercare/objects", min_length=1, description="As for the service."
    )
    evidence_public_key: Annotated[str, AfterValidator(_is_public_key)] = Field(
        default="",
        description="Ed25519 public key to trust, base64; empty: the one kept beside the log.",
    )

    @property
    def pinned_key(self) -> bytes | None:
        """The key to trust, none when it is taken from the database."""
        return _decoded(self.evidence_public_key) if self.evidence_public_key else None
