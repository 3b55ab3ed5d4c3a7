"""Makes a producer lose count of its sequence numbers, so that the broker refuses what it sends.
Part of the puppet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say

SKIPPED = 1000


class Sequence:
    """The numbers of the producer that sends next."""

    def __init__(self) -> None:
        self._say: Say | None = None

    def hook(self) -> None:
        """Put it over sending."""
        hooks.put("runtime.publisher:Publisher._send", self._around)

    def skip(self, say: Say, on: bool = True) -> Answer:
        """Skip numbers before the next events go out; what came of it is told when they did. Not
        `on`: leave them alone again."""
        self._say = say if on else None
        return {"armed": on}

    def _around(self, send: Callable[..., Any]) -> Callable[..., Any]:
        async def sending(publisher: Any, run: Any, line: Any) -> None:
            say = self._say
            if say is None or not _skip(await publisher._ready(line)):
                await send(publisher, run, line)
                return
            try:
                await send(publisher, run, line)
            except Exception as error:
                self._say = None
                say({"refused": type(error).__name__})
                raise

        return sending


def _skip(producer: Any) -> bool:
    """Whether there were numbers to skip: a new producer has sent nothing yet."""
    numbers = producer._txn_manager._sequence_numbers
    for place in numbers:
        numbers[place] += SKIPPED
    return bool(numbers)
