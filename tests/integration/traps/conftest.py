"""Fixtures for the traps: a probe on a real broker and a real database."""

from tests.support.probe_bench import bench

__all__ = ["bench"]
