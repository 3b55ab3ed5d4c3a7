"""Intake's policy file: the rules' limits, and how plain JSON of order systems is read."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from runtime.policy import Policy
from schemas.values import Ref
from services.intake.domain.policy import IntakeRules
from services.intake.mapping import SourceMapping


class IntakePolicy(IntakeRules, Policy):
    """Content of `intake.yaml`."""

    phone_region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = Field(
        description="Country of phone numbers that are written without a country code."
    )
    sources: dict[Ref, SourceMapping] = Field(
        description="Systems that post plain JSON to /v1/events/{source}."
    )
