"""A million open clocks: how fast they start and end, and how late they speak."""

from benchmarks.clocks.run import run

__all__ = ["run"]
