"""Runs the clocks as a process."""

from __future__ import annotations

import sys

from runtime.service import run
from services.sla.app import build
from services.sla.settings import SlaSettings


def main() -> int:
    """Exit code of the process."""
    return run("sla", lambda: build(SlaSettings()))


if __name__ == "__main__":
    sys.exit(main())
