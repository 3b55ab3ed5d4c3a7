"""I11 and I16 let a date move, and find one that was breached twice."""

from __future__ import annotations

from cli.verify.domain_facts import Clock, Clocks, Told
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET
from tests.unit.verify.planted import broken_codes, by_timer, offenders


def moved(system: SmallSystem, clocks: Clocks, *dates: int) -> None:
    """A platform's deadline that passes at each of these minutes, and is moved to the next."""
    platform = {"ticket_id": OPEN_TICKET, "clock": "platform", "generation": 1}
    by_timer(system, "ClockStarted", OPEN_TICKET, "s", **platform, due_at=at(dates[0]), target_s=60)
    for number, minute in enumerate(dates):
        if number:
            before = at(dates[number - 1])
            by_timer(
                system, "ClockMoved", OPEN_TICKET, f"m{number}", **platform, due_at=at(minute),
                was_due_at=before, move=number, target_s=60 * minute,
            )  # fmt: skip
            clocks.told.append(Told(OPEN_TICKET, "platform", 1, "moved", str(number)))
        by_timer(
            system, "SLABreached", OPEN_TICKET, f"b{number}", **platform, breached_at=at(minute),
            detected_at=at(minute + 1),
        )  # fmt: skip
    clocks.told.append(Told(OPEN_TICKET, "platform", 1, "started", ""))
    clocks.told += [
        Told(OPEN_TICKET, "platform", 1, "breached", f"@{at(minute).isoformat()}")
        for minute in set(dates)
    ]
    last = at(dates[-1])
    clocks.clocks.append(
        Clock(OPEN_TICKET, "platform", 1, "breached", last, breached_at=last, target_s=60)
    )


def test_a_date_that_moved_may_pass_again(system: SmallSystem, clocks: Clocks) -> None:
    moved(system, clocks, 20, 40)
    assert not {"I11", "I16"} & set(broken_codes(system))


def test_the_same_date_was_breached_twice(system: SmallSystem, clocks: Clocks) -> None:
    moved(system, clocks, 20, 40, 20)
    found = "\n".join(offenders(system, "I11"))
    assert "SLABreached @" in found
    assert f"2 times: {OPEN_TICKET} platform 1" in found
