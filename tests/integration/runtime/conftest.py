"""Fixtures for tests of the runtime on a real broker and a real database."""

from tests.support.probe_bench import Bench, bench

__all__ = ["Bench", "bench"]
