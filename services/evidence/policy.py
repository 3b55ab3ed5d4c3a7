"""The policy file of evidence, `policies/<set>/evidence.yaml`."""

from __future__ import annotations

from runtime.policy import Policy
from services.evidence.domain.dossier import EvidenceRules


class EvidencePolicy(EvidenceRules, Policy):
    """Intervals and sizes of the archive."""
