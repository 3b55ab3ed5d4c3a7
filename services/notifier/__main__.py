"""Runs the notifier as a process."""

from __future__ import annotations

import sys

from runtime.service import run
from services.notifier.app import build
from services.notifier.settings import NotifierSettings


def main() -> int:
    """Exit code of the process."""
    return run("notifier", lambda: build(NotifierSettings()))


if __name__ == "__main__":
    sys.exit(main())
