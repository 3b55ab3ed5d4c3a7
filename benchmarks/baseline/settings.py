"""Variables of a process of the textbook design besides those of the service it stands for."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BaselineSettings(BaseSettings):
    """How many messages are worked on at once, and which topics are its own."""

    model_config = SettingsConfigDict(env_prefix="AFTERCARE_BASELINE_", extra="ignore")

    workers: int = Field(default=1, ge=1, le=16, description="FastStream's max_workers.")
    prefix: str = Field(default="baseline-", description="What its topics' names begin with.")
