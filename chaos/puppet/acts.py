"""The orders that a puppet knows. Put together by `__main__`."""

from __future__ import annotations

from chaos.puppet.clock import WallClock
from chaos.puppet.listening import Act
from chaos.puppet.loop import Loop
from chaos.puppet.pipe import LogPipe
from chaos.puppet.points import Points
from chaos.puppet.rules import Rules
from chaos.puppet.sequence import Sequence
from chaos.puppet.store import Store


def acts_of(service: str) -> dict[str, Act]:
    """Hook everything that there is for a service; its orders by name.

    Raises AttributeError when something to be hooked has another name by now.
    """
    clock, loop, rules, sequence = WallClock(), Loop(), Rules(), Sequence()
    clock.hook()
    loop.hook()
    rules.hook()
    sequence.hook()
    acts: dict[str, Act] = {
        "clock": clock.move,
        "hold": loop.hold,
        "rules": rules.breaks,
        "sequence": sequence.skip,
        "clog": LogPipe(loop).clog,
    }
    if service == "evidence":
        store = Store()
        store.hook()
        acts["store"] = store.fail
    points = Points()
    points.hook(service)
    acts["crash"] = points.arm
    return acts
