"""Runs intake as a process."""

import sys

from runtime.service import run
from services.intake.app import build
from services.intake.settings import IntakeSettings


def main() -> int:
    """Run until told to stop; the exit code."""
    return run("intake", lambda: build(IntakeSettings()))


if __name__ == "__main__":
    sys.exit(main())
