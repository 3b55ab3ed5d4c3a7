"""Variables of the clocks' service. Read by `__main__.py`."""

from __future__ import annotations

from runtime.settings import RuntimeSettings


class SlaSettings(RuntimeSettings):
    """Those of the runtime; what clocks do is policy, not a variable."""
