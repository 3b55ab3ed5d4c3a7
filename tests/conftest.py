"""Settings for all tests: a folder is a marker, pure tests get no sockets."""

from __future__ import annotations

import gc
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

pytest_plugins = ["tests.support.stack"]

HERE = Path(__file__).resolve().parent
PURE = {"architecture", "unit"}

# Slow machines must not turn a property into a coin toss.
hypothesis.settings.register_profile("nightly", deadline=None, print_blob=True)
# What a change is judged by does not depend on dice: those are thrown at night.
hypothesis.settings.register_profile("aftercare", deadline=None, print_blob=True, derandomize=True)
hypothesis.settings.load_profile("aftercare")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays until the end: looking through it for garbage, again
    and again, takes a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder."""
    for item in items:
        folder = item.path.relative_to(HERE).parts[0]
        item.add_marker(folder)
        if folder in PURE:
            item.add_marker(pytest.mark.disable_socket)
