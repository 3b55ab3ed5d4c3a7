"""No check without a violation that it finds, and no offence that no test has seen."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.verify.log_facts import Place
from cli.verify.run import CHECKS, NOT_JUDGED
from cli.verify.store_facts import DeadLetter, Parked
from runtime.clock import named_id
from tests.support.small_system import WALL_S, SmallSystem, at
from tests.unit.verify.conftest import OPEN_TICKET, TICKET, sms
from tests.unit.verify.planted import STRANGE, offenders

ROOT = Path(__file__).resolve().parents[3]
Plant = Callable[[Any], object]
"""Spoils a small system; what it says is passed by."""
RUNNING = {"ticket_id": OPEN_TICKET, "clock": "first_reply", "generation": 1}


def _early(system: SmallSystem) -> None:
    cause = named_id("timer", "early").bytes
    system.publish(
        "sla", "clocks", cause, "SLABreached", OPEN_TICKET, **RUNNING,
        breached_at=at(600), detected_at=at(599),
    )  # fmt: skip


def _resumed(system: SmallSystem) -> None:
    command = system.command("intake", "conversation", "odd", OPEN_TICKET)
    system.publish(
        "intake", "conversation", command, "TicketResumed", OPEN_TICKET, ticket_id=OPEN_TICKET
    )


def _swapped(system: SmallSystem) -> None:
    """Two messages of a key change places in the archive's inbox."""
    applied = system.store("evidence").applied("archive", "tickets")
    rows = [row for row, key in enumerate(applied.keys) if key == OPEN_TICKET][:2]
    columns: tuple[Any, ...] = (applied.ids, applied.offsets, applied.digests)
    for column in columns:
        column[rows[0]], column[rows[1]] = column[rows[1]], column[rows[0]]


def _brought_back_and_lost(system: SmallSystem) -> None:
    letter = DeadLetter(STRANGE, "archive", STRANGE, "sla", 0, 0, "rule_failed", replayed=True)
    system.store("evidence").dead.append(letter)


PLANTS: dict[str, Plant] = {
    "I1": lambda system: system.facts.intake.complaints.pop(),
    "I2": lambda system: system.facts.intake.tickets.append(system.facts.intake.tickets[0]),
    "I3": lambda system: system.store("triage").outbox.add(
        STRANGE, "triage", TICKET, wall_s=WALL_S
    ),
    "I4": lambda system: system.put("tickets", "key", b"{rubbish"),
    "I5": lambda system: system.store("triage").parked.append(
        Parked("tickets", next(iter(system.facts.logs["tickets"].row_of)), TICKET, "tickets", 0, 0)
    ),
    "I6": lambda system: system.store("sla").applied("clocks", "triage").events.__setitem__(0, 9),
    "I7": _swapped,
    "I8": lambda system: system.store("sla").progress.update({("clocks", "triage", 0): 3}),
    "I9": lambda system: system.facts.committed["sla.clocks"].update({("triage", 0): 3}),
    "I10": lambda system: setattr(system.store("sla").outbox, "unpublished", 1),
    "I11": lambda system: system.facts.clocks.clocks.pop(),
    "I12": _early,
    "I13": lambda system: system.facts.clocks.timers.clear(),
    "I14": lambda system: system.facts.sends.append(sms()),
    "I15": lambda system: system.facts.sends.append(
        sms(accepted=False, code="isv.BUSINESS_LIMIT_CONTROL")
    ),
    "I16": _resumed,
    "I17": lambda system: setattr(system.facts.archive, "frontier", b""),
    "I18": lambda system: system.facts.archive.heads.__setitem__(
        1, system.facts.archive.heads[1]._replace(signed_at=at(0))
    ),
    "I19": lambda system: system.facts.archive.objects.append((b"g" * 32, None)),
    "I22": lambda system: system.facts.leaks.found.append(("name", str(Place("tickets", 0, 1)))),
    "I24": _brought_back_and_lost,
    "I28": lambda system: system.promise("messages", "lost", OPEN_TICKET, sent={"message_id": "m"}),
}  # fmt: skip


@pytest.mark.parametrize("code", PLANTS)
def test_a_violation_is_found(system: SmallSystem, code: str) -> None:
    assert offenders(system, code) == ()
    PLANTS[code](system)
    assert offenders(system, code)


def test_no_check_is_without_one(system: SmallSystem) -> None:
    checked = {check(system.facts).code for check in CHECKS}
    assert set(PLANTS) == checked
    assert checked | set(NOT_JUDGED) == {f"I{number}" for number in range(1, 29)}


def _offences() -> Iterator[tuple[str, str]]:
    """Where the checks tell an offence, and its words: the longest piece without a gap."""
    for path in sorted((ROOT / "cli" / "verify").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("offend", "offend_all")
            ):
                pieces = [
                    str(part.value)
                    for part in ast.walk(node.args[0])
                    if isinstance(part, ast.Constant) and isinstance(part.value, str)
                ]
                if pieces:
                    yield f"{path.name}:{node.lineno}", max(pieces, key=len).strip()


def test_no_offence_is_without_a_test() -> None:
    tests = [*Path(__file__).parent.glob("*.py"), *(ROOT / "tests").glob("*/verify/*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    unseen = [f"{where}: {words}" for where, words in _offences() if words not in text]
    assert unseen == []
