"""Runs resolution as a process."""

import sys

from runtime.service import run
from services.resolution.app import build
from services.resolution.settings import ResolutionSettings


def main() -> int:
    """Run until a signal; the exit code."""
    return run("resolution", lambda: build(ResolutionSettings()))


if __name__ == "__main__":
    sys.exit(main())
