"""Reaches the event loop of this process: holds it still, or asks whether it still turns. Part of
the puppet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say

LATE_S = 30.0
"""A loop that was held may have much to do before its turn comes to us."""


class Loop:
    """The service's loop, known once the service runs."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    def hook(self) -> None:
        """Take note of the loop that the service runs on."""
        hooks.before("runtime.service:_run", self._note)

    def _note(self, *_: Any) -> None:
        self._loop = asyncio.get_running_loop()

    def hold(self, _: Say, seconds: float) -> Answer:
        """Nothing else happens on it for so long; how long that really was."""
        began_s = time.monotonic()
        self.call(time.sleep, seconds)
        self.turned_s(seconds + LATE_S)
        return {"still_s": round(time.monotonic() - began_s, 3)}

    def call(self, what: Callable[..., Any], *given: Any) -> None:
        """Have something done on the loop. Raises LookupError before the service runs."""
        if self._loop is None:
            raise LookupError("the service does not run yet")
        self._loop.call_soon_threadsafe(what, *given)

    def turned_s(self, within_s: float) -> float:
        """Seconds until the loop came to what was asked last. Raises TimeoutError."""
        turned, began_s = Event(), time.monotonic()
        self.call(turned.set)
        if not turned.wait(within_s):
            raise TimeoutError(f"the event loop stood still for {within_s:g} s")
        return time.monotonic() - began_s
