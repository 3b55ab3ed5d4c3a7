"""Crash points: places where a service ends, as by signal 9, when it comes there next. Hooked by
`acts`, chosen by the fault X2."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say

READERS = frozenset({"triage", "sla", "notifier", "evidence", "resolution"})
WRITERS = READERS | {"intake"}


def _always(*_: Any, **__: Any) -> bool:
    return True


def _published(_: Any, __: Any, out: Sequence[Any], *___: Any) -> bool:
    """Arguments of Applier._done: nothing to publish is nothing to lose."""
    return bool(out)


def _answered(_: Any, outcomes: Sequence[tuple[Any, Any]]) -> bool:
    """Arguments of Results.sent_all: a call that was held back was not answered."""
    return any(type(outcome).__name__ != "Held" for _, outcome in outcomes)


@dataclass(frozen=True, slots=True)
class Point:
    """A point. `met` looks at the arguments of the function there, or at its result when the
    point comes `after` it. `timed`: only timers lead there."""

    name: str
    place: str
    services: frozenset[str]
    after: bool = False
    met: Callable[..., bool] = _always
    timed: bool = False


POINTS = (
    Point("after commit, before offsets", "runtime.pump:Pump._applied", READERS),
    Point("after send, before mark", "runtime.marks:Marks.note", WRITERS),
    Point("mid-batch", "runtime.outbox:append", WRITERS),
    Point("after commit, before enqueue", "runtime.batch:Applier._done", WRITERS, met=_published),
    Point(
        "mid-pack, the object written",
        "services.evidence.blobs:Blobs.put",
        frozenset({"evidence"}),
        after=True,
    ),
    Point(
        "mid-pack, the head signed",
        "services.evidence.signing:Signer.sign",
        frozenset({"evidence"}),
        after=True,
    ),
    Point(
        "after the provider's answer, before its record",
        "services.notifier.results:Results.sent_all",
        frozenset({"notifier"}),
        met=_answered,
    ),
    Point(
        "while firing timers",
        "runtime.timers:take",
        frozenset({"sla"}),
        after=True,
        met=bool,
        timed=True,
    ),
)


def points_of(service: str, *, timed: bool = True) -> tuple[Point, ...]:
    """Those that a service has; without those that need timers, if these don't fall due."""
    return tuple(p for p in POINTS if service in p.services and (timed or not p.timed))


class Points:
    """The crash points of this process; at most one is armed."""

    def __init__(self, die: Callable[[], None] | None = None) -> None:
        self._die = die or _kill_this
        self._armed = ""
        self._say: Say = _nobody

    def hook(self, service: str) -> None:
        """Put them over the service. Raises AttributeError when a function is gone."""
        for point in points_of(service):
            self._hook(point)

    def arm(self, say: Say, point: str) -> Answer:
        """End the process when it comes to that point; "" disarms. The word goes out before."""
        self._say, self._armed = say, point
        return {"armed": point}

    def _hook(self, point: Point) -> None:
        def passing(*given: Any, **named: Any) -> None:
            if self._armed == point.name and point.met(*given, **named):
                self._armed = ""
                self._say({"reached": point.name})
                self._die()

        (hooks.after if point.after else hooks.before)(point.place, passing)


def _kill_this() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _nobody(_: Answer) -> None:
    """Nothing is armed yet."""
