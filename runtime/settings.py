"""Variables that every service reads from its environment (prefix AFTERCARE_)."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.values import Instant


def _is_key(value: SecretStr) -> SecretStr:
    try:
        size = len(base64.b64decode(value.get_secret_value(), validate=True))
    except ValueError as error:
        raise ValueError("must be base64") from error
    if size != 32:
        raise ValueError(f"must be 32 bytes in base64, not {size}")
    return value


class RuntimeSettings(BaseSettings):
    """What the runtime itself needs; a service adds its own in `settings.py`."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    kafka_bootstrap: str = Field(description="Kafka bootstrap servers, host:port.")
    database_url: SecretStr = Field(description="PostgreSQL URL with the service's own role.")
    database_pool: int = Field(default=8, ge=2, le=50, description="Connections at most.")
    master_key: Annotated[SecretStr, AfterValidator(_is_key)] = Field(
        description="32 bytes, base64: wraps the keys of persons."
    )
    policy_dir: Path = Field(default=Path("policies/default"), description="Policy files.")
    health_port: int = Field(default=0, ge=0, le=65535, description="Loopback port; 0: any free.")
    listen_host: str = Field(default="127.0.0.1", description="Address that servers bind to.")
    otlp_endpoint: str = Field(default="", description="OTLP/HTTP base URL; empty: no traces.")
    trace_ratio: float = Field(
        default=0.05, ge=0, le=1, description="Share of traces recorded whatever becomes of them."
    )
    trace_slow_s: float = Field(
        default=60.0, gt=0, description="An event that waited so long is recorded, real seconds."
    )
    trace_slow_batch_s: float = Field(
        default=5.0, gt=0, description="So is what was in a batch that took so long."
    )
    niceness: int = Field(
        default=0, ge=0, le=19, description="How far it gives way when cores are short; 19: most."
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")
    time_scale: float = Field(
        default=1.0, gt=0, le=100_000, description="Business seconds in one real second."
    )
    time_origin: Instant | None = Field(
        default=None, description="Business time at time_started_at; only with a scaled clock."
    )
    time_started_at: Instant | None = Field(
        default=None, description="Real time at which the scaled clock showed time_origin."
    )
    batch_records: int = Field(default=500, ge=1, le=10_000, description="Records in one batch.")
    poll_ms: int = Field(
        default=1000, ge=1, le=10_000, description="Longest wait for records in one poll."
    )
    gather_ms: int = Field(
        default=200,
        ge=0,
        le=1000,
        description="While many records come, batches begin so far apart; lone ones never wait.",
    )
    session_ms: int = Field(default=6_000, ge=1000, description="Kafka session timeout.")
    history_days: int = Field(
        default=35,
        ge=1,
        description="Inbox and published outbox are kept so long: longer than any topic.",
    )
    max_tries: int = Field(default=6, ge=1, le=100, description="Tries before a dead letter.")
    retry_first_ms: int = Field(default=200, ge=1, description="Back-off after the first failure.")
    retry_max_ms: int = Field(default=30_000, ge=1, description="Longest back-off.")
    dead_letter_floor: int = Field(
        default=20, ge=0, description="Dead letters per window that are always allowed."
    )
    dead_letter_share: float = Field(
        default=0.1, ge=0, le=1, description="Beyond the floor: dead letters per applied event."
    )
    parked_keys_max: int = Field(
        default=500, ge=1, description="Parked keys of a desk before its line stops."
    )
    stall_s: float = Field(
        default=30.0, gt=0, description="Lag without progress for so long is unhealthy."
    )

    def clock_variables(self) -> dict[str, str]:
        """Connection variables that make the database's clock_now() run scaled; else empty."""
        if self.time_origin is None or self.time_started_at is None:
            return {}
        return {
            "aftercare.time_scale": repr(self.time_scale),
            "aftercare.time_origin": _iso(self.time_origin),
            "aftercare.time_started_at": _iso(self.time_started_at),
        }


class LogSettings(BaseSettings):
    """The log level alone: read before anything that can fail."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR.")


def _iso(at: datetime) -> str:
    return at.isoformat()
