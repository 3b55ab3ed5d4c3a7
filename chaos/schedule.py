"""Decides from a seed what is broken when: same seed, same schedule. Pure; used by `run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

FIRST_S = 3.0
"""Load runs so long before the first fault."""
APART_S = (2.0, 7.0)
"""From the end of one strike to the next."""
PAIRED = 0.3
"""Share of strikes that are joined by a second one while they last."""


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault to strike at a time. `seed` decides whatever it leaves open."""

    at_s: float
    code: str
    seed: int


def plan(seed: int, seconds: float, lasting_s: Mapping[str, float]) -> Sequence[Strike]:
    """Strikes for a run of `seconds`, in order of time; each code comes before any comes twice.

    `lasting_s` says about how long a strike of each code takes. None begins so late that it could
    not end within the run; a code that fits in nowhere is left out.
    """
    random = Random(seed)
    strikes: list[Strike] = []
    at_s, waiting = FIRST_S, _shuffled(lasting_s, random)
    while True:
        fitting = [code for code in waiting if at_s + lasting_s[code] <= seconds]
        if not fitting:
            again = [code for code, long_s in lasting_s.items() if at_s + long_s <= seconds]
            if not again:
                return sorted(strikes, key=lambda strike: strike.at_s)
            waiting = _shuffled(again, random)
            continue
        code = fitting[0]
        waiting.remove(code)
        strikes.append(Strike(at_s, code, random.getrandbits(32)))
        others = [each for each in waiting if lasting_s[each] <= seconds - at_s]
        if others and random.random() < PAIRED:
            joined = others[0]
            waiting.remove(joined)
            within_s = min(1.0, lasting_s[code] / 2)
            strikes.append(Strike(at_s + within_s, joined, random.getrandbits(32)))
            at_s += max(0.0, lasting_s[joined] - lasting_s[code])
        at_s += lasting_s[code] + random.uniform(*APART_S)


def _shuffled(codes: Mapping[str, float] | Sequence[str], random: Random) -> list[str]:
    mixed = sorted(codes)
    random.shuffle(mixed)
    return mixed
