"""What a pause of some consumers does to waiting times: a queue per partition, second by second."""

from __future__ import annotations

from dataclasses import dataclass

STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Pause:
    """`longest_wait_s`: of any ticket; `gone_after_s`: from the pause's end until the queue is
    empty again; infinite when it never is."""

    longest_wait_s: float
    gone_after_s: float


def simulate(arrive_s: float, serve_s: float, pause_s: float, patience_s: float = 600.0) -> Pause:
    """One partition: arrivals a second, capacity a second, and a pause from second 1 on."""
    waiting, longest, now, ended = 0.0, 0.0, 0.0, 1.0 + pause_s
    while now < ended + patience_s:
        waiting += arrive_s * STEP_S
        paused = 1.0 <= now < ended
        if not paused:
            waiting = max(0.0, waiting - serve_s * STEP_S)
        rest = max(0.0, ended - now) if now >= 1.0 else 0.0
        longest = max(longest, rest + waiting / serve_s)
        now += STEP_S
        if now > ended and waiting <= arrive_s * STEP_S:
            return Pause(longest, now - ended)
    return Pause(longest, float("inf"))


def foretold_s(arrive_s: float, serve_s: float, pause_s: float) -> float:
    """What queueing arithmetic says: the backlog over the spare capacity."""
    spare = serve_s - arrive_s
    return float("inf") if spare <= 0 else arrive_s * pause_s / spare
