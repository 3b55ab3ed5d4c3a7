"""The triage policy as it is loaded from `policies/<shop>/triage.yaml`."""

from __future__ import annotations

from pydantic import model_validator

from runtime.policy import Policy
from services.triage.domain import TriageRules


class TriagePolicy(TriageRules, Policy):
    """Everything that the rules take from data; `version` is made from the content."""

    @model_validator(mode="after")
    def _asks_again_by_signs_that_exist(self) -> TriagePolicy:
        strange = {*self.retriage.asks_again} - self.signs.keys()
        if strange:
            raise ValueError(f"retriage.asks_again: unknown {', '.join(sorted(strange))}")
        return self
