"""Runs evidence as a process."""

import sys

from runtime.service import run
from services.evidence.app import build
from services.evidence.settings import EvidenceSettings


def main() -> int:
    """Exit code of the process."""
    return run("evidence", lambda: build(EvidenceSettings()))


if __name__ == "__main__":
    sys.exit(main())
