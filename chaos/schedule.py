"""Decides from a seed what is broken when: same seed, same schedule. Pure; used by `run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

FIRST_S = 3.0
"""Load runs so long before the first fault."""
APART_S = (1.0, 5.0)
"""From the end of one strike to the next."""
PAIRED = 0.6
"""Share of strikes that are joined by a second one while they last, where one fits."""
KILLS = ("X1", "X2")
"""Struck in a row of their own, beside all others."""
KILL_EVERY_S = (12.0, 17.0)
"""From one kill to the next."""

KAFKA, POSTGRES, OBJECTS, SERVICES, OUTSIDE = "kafka", "postgres", "objects", "services", "outside"
_TRAFFIC = frozenset((KAFKA, POSTGRES))
PARTS: Mapping[str, frozenset[str]] = {
    "X3": frozenset((SERVICES, KAFKA)),
    "X4": frozenset((POSTGRES,)),
    "X5": frozenset((SERVICES,)),
    "X6": frozenset((KAFKA,)),
    "X7": frozenset((KAFKA,)),
    "X9": frozenset((POSTGRES,)),
    "X10": frozenset((POSTGRES,)),
    "X11": frozenset((POSTGRES,)),
    "X12": _TRAFFIC,
    "X13": _TRAFFIC,
    "X14": _TRAFFIC,
    "X15": frozenset((SERVICES, KAFKA)),
    "X16": frozenset((KAFKA, SERVICES)),
    "X17": frozenset((KAFKA, SERVICES)),
    "X18": _TRAFFIC,
    "X19": frozenset((SERVICES,)),
    "X20": _TRAFFIC | {OBJECTS},
    "X21": frozenset((SERVICES,)),
    "X22": _TRAFFIC | {OUTSIDE},
    "X24": frozenset((OBJECTS,)),
    "X25": frozenset((KAFKA,)),
    "X26": frozenset((POSTGRES,)),
    "X28": frozenset((KAFKA,)),
    "X29": frozenset((OUTSIDE,)),
    "X30": frozenset((SERVICES,)),
}
"""What a fault takes away, or must have running to be a fault at all. Two that share a part are
not struck together: one would wait for the other, or find nothing to break."""
_ELSE = frozenset((SERVICES, *_TRAFFIC))


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault to strike at a time. `seed` decides whatever it leaves open."""

    at_s: float
    code: str
    seed: int


def plan(
    seed: int, seconds: float, lasting_s: Mapping[str, float], *, alone: bool = False
) -> Sequence[Strike]:
    """Strikes for a run of `seconds`, in order of time; each code comes before any comes twice.

    `lasting_s` says about how long a strike of each code takes. None begins so late that it could
    not end within the run; a code that fits in nowhere is left out. Kills have a row of their own
    unless there is nothing else, or each strike has to be `alone`: one after the other.
    """
    random = Random(seed)
    if alone:
        return _row(random, seconds, lasting_s, paired=0.0)
    killing = {code: long_s for code, long_s in lasting_s.items() if code in KILLS}
    others = {code: long_s for code, long_s in lasting_s.items() if code not in KILLS}
    if not killing or not others:
        strikes = _row(random, seconds, lasting_s)
    else:
        strikes = [*_kills(random, seconds, killing), *_row(random, seconds, others)]
    return sorted(strikes, key=lambda strike: strike.at_s)


def enough_s(lasting_s: Mapping[str, float]) -> float:
    """How long a run must be at least for its plan never to be empty."""
    others = [long_s for code, long_s in lasting_s.items() if code not in KILLS]
    return FIRST_S + min(others or lasting_s.values())


def together(code: str, other: str) -> bool:
    """Whether two faults may be struck at the same time: neither needs what the other takes."""
    return not PARTS.get(code, _ELSE) & PARTS.get(other, _ELSE)


def _kills(random: Random, seconds: float, lasting_s: Mapping[str, float]) -> list[Strike]:
    """One after the other in even turns, whatever else happens."""
    strikes: list[Strike] = []
    codes = _shuffled(lasting_s, random)
    at_s = FIRST_S + random.uniform(0, KILL_EVERY_S[0] / 2)
    while fitting := [code for code in codes if at_s + lasting_s[code] <= seconds]:
        code = fitting[len(strikes) % len(fitting)]
        strikes.append(Strike(at_s, code, random.getrandbits(32)))
        at_s += random.uniform(*KILL_EVERY_S)
    return strikes


def _row(
    random: Random, seconds: float, lasting_s: Mapping[str, float], paired: float = PAIRED
) -> list[Strike]:
    """One behind the other, some joined by a second one."""
    strikes: list[Strike] = []
    at_s, waiting = FIRST_S, _shuffled(lasting_s, random)
    while True:
        fitting = [code for code in waiting if at_s + lasting_s[code] <= seconds]
        if not fitting:
            again = [code for code, long_s in lasting_s.items() if at_s + long_s <= seconds]
            if not again:
                return strikes
            waiting = _shuffled(again, random)
            continue
        code = fitting[0]
        waiting.remove(code)
        strikes.append(Strike(at_s, code, random.getrandbits(32)))
        long_s = lasting_s[code]
        others = [each for each in fitting[1:] if together(code, each)]
        if others and random.random() < paired:
            joined = others[0]
            waiting.remove(joined)
            begun_s = min(at_s + min(1.0, long_s / 2), seconds - lasting_s[joined])
            strikes.append(Strike(begun_s, joined, random.getrandbits(32)))
            long_s = max(long_s, begun_s - at_s + lasting_s[joined])
        at_s += long_s + random.uniform(*APART_S)


def _shuffled(codes: Mapping[str, float] | Sequence[str], random: Random) -> list[str]:
    mixed = sorted(codes)
    random.shuffle(mixed)
    return mixed
