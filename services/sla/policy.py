"""The file policies/<set>/sla.yaml as a loadable policy. Read by `app.py`."""

from __future__ import annotations

from runtime.policy import Policy
from services.sla.domain.policy import SlaRules


class SlaPolicy(SlaRules, Policy):
    """The SLA rules as a policy with immutable versions."""
