"""The clocks of a ticket by the slow, obvious method: second after second, with counters.

Shares nothing with the engine but the policy file's content; properties compare the two.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

REPLY = {"first_contact", "first_reply", "human_review"}
MET_BY = {
    "first_contact": {"call_made"},
    "solution": {"solution_offered", "resolved"},
    "first_reply": {"agent_replied"},
    "review": {"reviewed"},
    "closure": {"resolved"},
    "human_review": {"flagged_for_review"},
    "joint_resolution": {"resolved"},
}
URGENT = {"L1": 3, "L3": 2, "L2": 1}


@dataclass
class Happening:
    """Something at a whole second. `value` is a level for `triaged`, a cause for `waiting`."""

    second: int
    what: str
    value: str = ""


@dataclass
class SlowClock:
    """One clock, counted by the second."""

    clock: str
    generation: int
    anchor: int
    state: str = "pending"
    due: int | None = None
    met: int | None = None
    ended: int | None = None
    used: int = 0
    lost: int = 0


@dataclass
class World:
    """What is true of the ticket, second by second."""

    waits: dict[int, dict[str, int]] = field(default_factory=dict)
    deeds: dict[int, set[str]] = field(default_factory=dict)
    clocks: list[SlowClock] = field(default_factory=list)
    generation: int = 0
    level: str = ""
    levels: list[tuple[int, str]] = field(default_factory=list)
    life: int | None = None


def slow_clocks(
    story: Sequence[Happening],
    targets: dict[str, dict[str, int]],
    now: int,
    works: Callable[[int], bool] = lambda _: True,
    longest: int | None = None,
) -> list[dict[str, Any]]:
    """Clocks at second `now` of a ticket opened at 0; each second has at most one happening.

    `works` says which seconds are working time, `longest` for how many seconds a wait pauses.
    `ran` is what ran and what pauses took."""
    triages = sorted(h.second for h in story if h.what == "triaged")
    if not triages:
        return []
    by_second = {h.second: h for h in story}
    world = World(level=by_second[triages[0]].value)
    waiting: set[str] = set()
    _open(world, targets, 0, 0, only_results=False)
    for second in range(now + 1):
        happening = by_second.get(second)
        if happening is not None and second != triages[0]:
            waiting = _happen(world, targets, happening, waiting)
        before = world.waits.get(second - 1, {})
        world.waits[second] = {cause: before.get(cause, second) for cause in waiting}
    return [_run(world, clock, targets, now, works, longest) for clock in world.clocks]


def _open(
    world: World, targets: dict[str, dict[str, int]], anchor: int, at: int, *, only_results: bool
) -> None:
    world.generation += 1
    if world.life is None:
        world.life = at
        world.levels = []
    world.levels.append((at, world.level))
    for clock in targets[world.level]:
        if not (only_results and clock in REPLY):
            world.clocks.append(SlowClock(clock, world.generation, anchor))


def _close(world: World, at: int) -> None:
    for clock in world.clocks:
        if clock.generation == world.generation:
            clock.ended = at


def _happen(
    world: World, targets: dict[str, dict[str, int]], happening: Happening, waiting: set[str]
) -> set[str]:
    at, what = happening.second, happening.what
    if what == "triaged":
        if happening.value != world.level:
            world.level = happening.value
            if world.life is not None:
                _close(world, at)
                _open(world, targets, _anchor(world, at), at, only_results=False)
        return waiting
    if what == "reopened":
        if world.life is None:
            _open(world, targets, at, at, only_results=True)
        return waiting
    if world.life is None:
        return waiting
    if what in ("waiting", "resumed", "customer_message"):
        over = {"resumed": waiting, "customer_message": {"customer"}}.get(what, set())
        return (waiting - over) | ({happening.value} - {""})
    world.deeds.setdefault(at, set()).add(what)
    if what == "resolved":
        _close(world, at)
        world.life = None
        return set()
    return waiting


def _anchor(world: World, at: int) -> int:
    """Since when, without a break, the ticket is known to be at least as urgent as now."""
    anchor = at
    for since, level in reversed(world.levels):
        if URGENT[level] < URGENT[world.level]:
            break
        anchor = since
    return anchor


def _run(
    world: World,
    clock: SlowClock,
    targets: dict[str, dict[str, int]],
    now: int,
    works: Callable[[int], bool],
    longest: int | None,
) -> dict[str, Any]:
    """Count one clock up from its anchor to its deed, its end, or now."""
    target = next(level[clock.clock] for level in targets.values() if clock.clock in level)
    paused = False
    for second in range(clock.anchor, now + 1):
        if clock.due is None and clock.used == target:
            clock.due = second
        if world.deeds.get(second, set()) & MET_BY[clock.clock]:
            clock.met = second
            break
        if clock.ended == second:
            break
        waited = [second - since for since in world.waits[second].values()]
        paused = clock.clock not in REPLY and any(longest is None or w < longest for w in waited)
        if second < now and works(second):
            clock.used += not paused
            clock.lost += paused
    stop = clock.met if clock.met is not None else clock.ended
    late = clock.due is not None and clock.due < (now if stop is None else stop)
    if late:
        state = "breached"
    elif clock.met is not None:
        state = "met"
    elif clock.ended is not None:
        state = "cancelled"
    else:
        # A pause with a longest length has an end, so that the deadline is known.
        state = "paused" if paused and clock.due is None and longest is None else "pending"
    return {
        "clock": clock.clock,
        "generation": clock.generation,
        "state": state,
        "anchor": clock.anchor,
        "met": clock.met,
        "breached": clock.due if late else None,
        "used": clock.used if stop is not None or state == "paused" else None,
        "ran": (clock.used, clock.lost),
    }
