"""The compose file, read once."""

from __future__ import annotations

import pytest

from tests.support.compose import Compose


@pytest.fixture(scope="session")
def compose() -> Compose:
    return Compose()
