"""What a shop may want otherwise about care: its steps, their times, whom to call instead of
writing. `services/notifier/policy.py` adds loading; the rules of `care` ask it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from pydantic import BaseModel, ConfigDict, Field

from schemas.notifications import CareStep
from schemas.values import Count, Fen, Flag, Ordinal, Ref
from services.notifier.domain.policy import NotifierRules


class Closed(BaseModel):
    """Content with nothing but the named fields: a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(Closed):
    """One step of the chain. Too late by more than `valid_s` it is left out."""

    delay_s: Count = Field(default=0, description="After its event, seconds.")
    at_local: time | None = Field(default=None, description="Local time of the day, if fixed.")
    valid_s: Ordinal = Field(description="How long it makes sense, seconds.")
    template: Ref = Field(description="Wording of the message to the customer.")


class HighValue(Closed):
    """Who is called instead of written to."""

    flagged: Flag = Field(description="Customers whom the shop calls high-value.")
    paid_from_fen: Fen = Field(description="Orders from this payment on, fen; 0: none.")
    group: Ref = Field(description="Staff group that calls.")
    template: Ref = Field(description="Wording of the task.")


class CareRules(Closed):
    """The whole policy."""

    version: Ref = Field(default="unversioned", description="Filled in from the content.")
    steps: dict[CareStep, Step] = Field(description="The steps; one that is missing is not done.")
    high_value: HighValue = Field(description="Who is called instead.")


@dataclass(frozen=True, slots=True)
class CarePolicies:
    """What the rules of care ask: their own policy and the ways out."""

    care: CareRules
    notifier: NotifierRules


def misfits(policies: CarePolicies) -> Iterator[str]:
    """What the care policy names and the notifier's policy does not have."""
    care, notifier = policies.care, policies.notifier
    for step in care.steps.values():
        yield from notifier.wording_problems(step.template, to_customer=True)
    yield from notifier.wording_problems(care.high_value.template, to_customer=False)
    if care.high_value.group not in notifier.groups:
        yield f"high_value.group: {care.high_value.group} is no group"
