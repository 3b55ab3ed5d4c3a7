"""Variables of the stack on one machine (prefix AFTERCARE_). Read by `aftercare` and tests."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]
"""Folder that holds the packages; child processes start in it."""


class StackSettings(BaseSettings):
    """Where things lie and how large the embedded parts are; services have their own settings."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_", extra="ignore")

    run_dir: Path = Field(default=Path(".aftercare"), description="Data, logs, state of the stack.")
    cache_dir: Path = Field(
        default=Path("~/.cache/aftercare"), description="Kafka's jars, kept between runs."
    )
    kafka_bootstrap: str = Field(
        default="", description="An own broker, host:port; empty: the embedded one is started."
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="An own PostgreSQL with an owner's rights; empty: the embedded one is started.",
    )
    policy_dir: Path = Field(
        default=ROOT / "policies" / "default", description="Policies that the services load."
    )
    kafka_heap_mb: int = Field(default=512, ge=256, description="Heap of the embedded broker.")
    kafka_flush_every_message: bool = Field(
        default=False,
        description="The embedded broker syncs each append to disk before it answers.",
    )
    maven_repository: str = Field(
        default="", description="Mirror that Kafka's jars come from; empty: Maven's own default."
    )

    @property
    def cache(self) -> Path:
        """The cache folder, absolute."""
        return self.cache_dir.expanduser().resolve()


def inherited_environment() -> dict[str, str]:
    """A copy of this process's environment, to start children from."""
    return dict(os.environ)
