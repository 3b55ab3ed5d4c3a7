"""Runs triage as a process."""

import sys

from runtime.service import run
from services.triage.app import build
from services.triage.settings import TriageSettings


def main() -> int:
    """Run until a signal; the exit code."""
    return run("triage", lambda: build(TriageSettings()))


if __name__ == "__main__":
    sys.exit(main())
