"""Strikes at the requests of the simulated processes, as often as the seed says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tests.simulation.requests import Request

if TYPE_CHECKING:
    from tests.simulation.process import Process
    from tests.simulation.world import World

MOST_PROCESSES = 4
BLOWS = ("crash", "crash after", "stop", "stop after")
LOSSES = ("lost", "lost after")
DECISIVE = ("db COMMIT", "db mark", "kafka produce", "kafka offset commit")


class Nemesis:
    """Decides what goes wrong at a request, or between two."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._left = world.story.faults
        self.struck: list[str] = []
        self._patient = ""
        self._after: Callable[[], None] = _nothing

    def strike(self, request: Request | None) -> str:
        """See `Fate`. `skip`: what struck took the request's place."""
        world = self._world
        kind = self._next(request)
        if not kind:
            return ""
        process = self._whose(request)
        if kind.startswith("lost") and (request is None or request.snap is None):
            return ""
        if process is None and kind in (*BLOWS, "restart"):
            return ""
        self._left -= 1
        self.struck.append(kind)
        world.requests.note("fault", f"{kind} at {'a timer' if request is None else request.name}")
        if kind.startswith("lost"):
            return kind
        return self._do(kind, process, request)

    def _next(self, request: Request | None) -> str:
        """The fault whose moment has come. Half of those that hit one request wait for one that
        decides something."""
        random = self._world.random
        if self._patient and request is not None and request.name.startswith(DECISIVE):
            kind, self._patient = self._patient, ""
            return kind
        if not self._left or random.random() >= self._world.story.rate:
            return ""
        kind = random.choice(self._world.story.kinds)
        if kind in (*BLOWS, *LOSSES) and not self._patient and random.random() < 0.5:
            self._patient = kind
            return ""
        return kind

    def _whose(self, request: Request | None) -> Process | None:
        if request is not None and request.life is not None:
            return next((p for p in self._world.processes if p.life is request.life), None)
        running = [p for p in self._world.processes if p.life.state == "running"]
        return self._world.random.choice(running) if running else None

    def _do(self, kind: str, process: Process | None, request: Request | None) -> str:
        world = self._world
        if process is not None and kind in BLOWS:
            blow = partial(world.crash if kind.startswith("crash") else world.halt, process)
            if kind.endswith("after") and request is not None:
                self._after = blow
                return "after"
            blow()
        elif process is not None and kind == "restart":
            process.stop()
        elif kind == "join" and len(world.processes) < MOST_PROCESSES:
            world.begin()
        elif kind == "database restart":
            world.restart_database()
        elif kind == "ask back":
            world.errands.append(asyncio.get_running_loop().create_task(world.ask_back()))
        else:
            self._upset_groups(kind)
        return "skip"

    def _upset_groups(self, kind: str) -> None:
        for group in self._world.broker.groups.values():
            for place, offset in list(group.offsets.items()):
                if kind == "rewind":
                    group.offsets[place] = max(0, offset - self._world.random.randint(1, 5))
                elif kind == "forget":
                    del group.offsets[place]
            group.call_again()

    def strike_after(self, request: Request) -> None:
        """The request was done, and nobody has heard of it yet."""
        blow, self._after = self._after, _nothing
        blow()


def _nothing() -> None:
    """Nothing is to happen."""
