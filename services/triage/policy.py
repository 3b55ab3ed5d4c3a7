"""The triage policy as it is loaded from `policies/<shop>/triage.yaml`."""

from __future__ import annotations

from runtime.policy import Policy
from services.triage.domain import TriageRules


class TriagePolicy(TriageRules, Policy):
    """Everything that the rules take from data; `version` is made from the content."""
