"""The resolution policy as it is loaded from `policies/<shop>/resolution.yaml`."""

from __future__ import annotations

from runtime.policy import Policy
from services.resolution.domain import ResolutionRules


class ResolutionPolicy(ResolutionRules, Policy):
    """Everything that the rules take from data; `version` is made from the content."""
