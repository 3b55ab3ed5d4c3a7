"""One and two instances of a service: how they share the work, and how one takes over."""

from benchmarks.instances.run import run

__all__ = ["run"]
