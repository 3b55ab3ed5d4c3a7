"""Triage's rules, pure: `triage` decides, a `Triager` is a policy made ready to decide with."""

from services.triage.domain.case import TicketTriage
from services.triage.domain.rules import TriageRules
from services.triage.domain.telling import triaged_of
from services.triage.domain.triage import Triager, triage

__all__ = ["TicketTriage", "TriageRules", "Triager", "triage", "triaged_of"]
