"""Variables of resolution besides the runtime's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.settings import RuntimeSettings
from runtime.shop_secrets import SecretsError, ShopSecrets


def _usable(path: Path) -> Path:
    try:
        ShopSecrets.load(path)
    except SecretsError as error:
        raise ValueError(str(error)) from None
    return path


class ResolutionSettings(RuntimeSettings):
    """Where resolution listens and whom it trusts."""

    api_port: int = Field(default=8081, ge=0, le=65535, description="Loopback port; 0: any free.")
    shop_secrets_file: Annotated[Path, AfterValidator(_usable)] = Field(
        description="JSON file with the secrets that shops sign with."
    )
    resolution_requests_per_s: float = Field(
        default=500.0, gt=0, description="Requests of one shop per second; beyond: 429."
    )
