"""Triage's rules, pure: `triage` decides, a `Triager` is a policy made ready to decide with."""

from services.triage.domain.rules import TriageRules
from services.triage.domain.triage import TicketTriage, Triager, triage, triaged_of

__all__ = ["TicketTriage", "TriageRules", "Triager", "triage", "triaged_of"]
