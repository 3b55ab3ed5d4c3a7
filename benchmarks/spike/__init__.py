"""A burst of routine complaints, and the urgent ones that arrive while it is worked off."""

from benchmarks.spike.run import run

__all__ = ["run"]
