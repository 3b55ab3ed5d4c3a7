"""From measured costs to a deployment for a wanted rate, and simulations that back the claims."""

from benchmarks.scaling.run import run

__all__ = ["run"]
