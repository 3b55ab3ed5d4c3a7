"""The whole chain under load: complaints in, evidence and messages out, everything durable."""

from benchmarks.pipeline.run import run

__all__ = ["run"]
