"""Variables of resolution besides the runtime's."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from runtime.settings import RuntimeSettings


class ResolutionSettings(RuntimeSettings):
    """What the service needs."""

    api_port: int = Field(default=8081, ge=0, le=65535, description="Loopback port; 0: any free.")
    shop_secrets_file: Path = Field(description="JSON file of the shops' signing secrets.")
    resolution_requests_per_s: float = Field(
        default=500, gt=0, description="Requests per second and shop before 429."
    )
