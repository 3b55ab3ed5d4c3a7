"""`bench service`: each service alone, beside a bare pass-through and the textbook design."""

from benchmarks.service.run import run

__all__ = ["run"]
