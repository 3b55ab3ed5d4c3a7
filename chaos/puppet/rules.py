"""Makes every rule of a desk raise. Part of the puppet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say


class BrokenRuleError(Exception):
    """What the rules raise."""


class Rules:
    """The desk whose rules raise now; "": none."""

    def __init__(self) -> None:
        self._desk = ""
        self._raised = 0

    def hook(self) -> None:
        """Put it where rules are called."""
        hooks.put("runtime.fold:_decide", self._around)

    def breaks(self, _: Say, desk: str) -> Answer:
        """Raise in that desk from now on; how often it was so far."""
        self._desk = desk
        return {"raised": self._raised}

    def _around(self, decide: Callable[..., Any]) -> Callable[..., Any]:
        def deciding(desk: Any, case: Any, message: Any, now: Any) -> Any:
            if desk.name == self._desk and type(message.event.data) in desk.rules:
                self._raised += 1
                raise BrokenRuleError
            return decide(desk, case, message, now)

        return deciding
