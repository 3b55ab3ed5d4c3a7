"""Faults that the stand-ins inject on request: seeded, off by default. Plans come from a file
at start or from POST /control/faults."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Target = Literal["aliyun_sms", "aliyun_query", "wecom", "dingtalk", "feishu"]
Kind = Literal[
    "status_500",  # answers 500, takes nothing
    "too_many",  # answers 429 with Retry-After, takes nothing
    "error_code",  # answers 200 with `code`, takes nothing
    "accepted_500",  # takes it, then answers 500
    "accepted_timeout",  # takes it, then says nothing for hold_s and drops the connection
    "slow_drip",  # takes it, then answers byte by byte over drip_s
    "duplicate_callback",  # reports the delivery twice
    "early_callback",  # reports the delivery before answering
    "undelivered",  # takes it, reports a failed delivery
]
INSTEAD: frozenset[str] = frozenset({"status_500", "too_many", "error_code"})
OF_REPORTS = frozenset({"duplicate_callback", "early_callback", "undelivered"})


class Fault(BaseModel):
    """One kind of fault for one provider: hits `share` of its requests, `times` at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Target
    kind: Kind
    share: float = Field(default=1.0, gt=0, le=1)
    times: int | None = Field(default=None, ge=1)
    code: str = Field(default="", description="error_code: the provider's code; '' a usual one.")
    retry_after_s: float = Field(default=1.0, ge=0)
    hold_s: float = Field(default=60.0, ge=0)
    drip_s: float = Field(default=2.0, ge=0)

    @model_validator(mode="after")
    def _fits_provider(self) -> Fault:
        if self.kind in OF_REPORTS and self.provider != "aliyun_sms":
            raise ValueError(f"{self.provider} reports no deliveries")
        if self.provider == "aliyun_query" and self.kind.startswith("accepted_500"):
            raise ValueError("a query takes nothing")
        return self


class FaultPlan(BaseModel):
    """All faults of a run. The same seed and the same order of requests hit the same ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 0
    faults: tuple[Fault, ...] = ()


class Faults:
    """The plan in force and what it has hit so far."""

    def __init__(self, plan: FaultPlan) -> None:
        self.hits: Counter[str] = Counter()
        self.replace(plan)

    def replace(self, plan: FaultPlan) -> None:
        """Put another plan in force; the counts of hits go on."""
        self.plan = plan
        self._draws = [Random(f"{plan.seed}/{index}") for index in range(len(plan.faults))]
        self._left = [fault.times for fault in plan.faults]

    def next(self, provider: Target) -> Fault | None:
        """The fault of this request, if one hits it: the first in the plan's order."""
        hit: int | None = None
        for index, fault in enumerate(self.plan.faults):
            if fault.provider != provider or self._left[index] == 0:
                continue
            # Every fault draws for every request, so that one does not shift another's luck.
            drawn = self._draws[index].random() < fault.share
            if drawn and hit is None:
                hit = index
        if hit is None:
            return None
        left = self._left[hit]
        self._left[hit] = None if left is None else left - 1
        fault = self.plan.faults[hit]
        self.hits[f"{fault.provider}.{fault.kind}"] += 1
        return fault
