"""Variables of triage: the runtime's own are enough."""

from __future__ import annotations

from runtime.settings import RuntimeSettings


class TriageSettings(RuntimeSettings):
    """What triage reads from its environment."""
