"""I1, I2 and I28 find what intake lost, made up, doubled or swapped."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cli.verify.domain_facts import Complaint, Intake, Ticket
from tests.support.small_system import SHOP, SmallSystem
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import broken_codes, offenders


@pytest.fixture
def intake(system: SmallSystem) -> Intake:
    assert system.facts.intake is not None
    return system.facts.intake


def test_an_acknowledged_complaint_is_lost(system: SmallSystem, intake: Intake) -> None:
    intake.complaints = [each for each in intake.complaints if each.external != "c-2"]
    assert f"acknowledged and lost: {SHOP}/inbox/c-2" in offenders(system, "I1")


def test_a_complaint_was_acknowledged_as_another_ticket(
    system: SmallSystem, intake: Intake
) -> None:
    intake.complaints[0] = intake.complaints[0]._replace(ticket=OPEN_TICKET)
    assert f"acknowledged as another ticket: {SHOP}/inbox/c-1" in offenders(system, "I1")


def test_a_complaint_has_no_ticket(system: SmallSystem, intake: Intake) -> None:
    intake.tickets = intake.tickets[:1]
    assert f"complaint without a ticket: {SHOP}/inbox/c-2" in offenders(system, "I1")
    assert f"event of a ticket that is none: {OPEN_TICKET}" in offenders(system, "I1")


def test_a_ticket_was_never_told_of(system: SmallSystem, intake: Intake) -> None:
    intake.tickets.append(Ticket("ticket-3", SHOP, "inbox", "c-9", None, None, "open"))
    intake.complaints.append(Complaint(SHOP, "inbox", "c-9", "ticket-3", joined=False))
    found = offenders(system, "I1")
    assert found == (f"opened by 0 events instead of 1: {SHOP}/inbox/c-9",)


def test_a_repeat_joined_without_its_message(system: SmallSystem, intake: Intake) -> None:
    intake.complaints.append(Complaint(SHOP, "inbox", "c-8", TICKET, joined=True))
    assert f"joined by 0 events instead of 1: {SHOP}/inbox/c-8" in offenders(system, "I1")


def test_two_origins_may_use_the_same_number(system: SmallSystem, intake: Intake) -> None:
    command = system.command("intake", "openings", "other-c-3", "key")
    system.publish(
        "intake", "openings", command, "CustomerMessageReceived", TICKET,
        ticket_id=TICKET, message_id="joined-2", repeat_of="c-3",
    )  # fmt: skip
    intake.complaints.append(Complaint(SHOP, "other", "c-3", TICKET, joined=True))
    assert broken_codes(system) == []


def test_a_complaint_made_two_tickets(system: SmallSystem, intake: Intake) -> None:
    intake.tickets.append(Ticket("ticket-9", SHOP, "inbox", "c-1", None, None, "closed"))
    assert offenders(system, "I2") == (f"tickets: {SHOP}/inbox/c-1",)


def test_two_tickets_were_told_for_one_complaint(system: SmallSystem) -> None:
    command = system.command("intake", "openings", "c-1-t9", "key")
    system.publish(
        "intake", "openings", command, "TicketOpened", "ticket-9",
        ticket_id="ticket-9", origin="inbox", external_id="c-1",
    )  # fmt: skip
    assert offenders(system, "I2") == (f"events: {SHOP}/inbox/c-1",)


def test_two_tickets_are_open_for_one_line(system: SmallSystem, intake: Intake) -> None:
    one = Ticket("ticket-8", SHOP, "inbox", "c-8", "order-8", "line-1", "open")
    intake.tickets += [one, one._replace(ticket="ticket-9", external="c-9")]
    assert offenders(system, "I2") == (f"open tickets for one order line: {SHOP}/order-8/line-1",)


def test_an_acknowledged_message_is_lost(system: SmallSystem) -> None:
    system.promise("messages", "messages-7", OPEN_TICKET, sent={"message_id": "m-7"})
    found = offenders(system, "I28")
    assert "acknowledged and lost: messages messages-7" in found
    lost = f"0 events instead of one: CustomerMessageReceived {OPEN_TICKET} m-7"
    assert lost in found


def test_a_message_had_its_effect_twice(system: SmallSystem) -> None:
    command = system.command("intake", "conversation", "again", OPEN_TICKET)
    system.publish(
        "intake", "conversation", command, "CustomerMessageReceived", OPEN_TICKET,
        ticket_id=OPEN_TICKET, message_id="m-1",
    )  # fmt: skip
    twice = f"2 events instead of one: CustomerMessageReceived {OPEN_TICKET} m-1"
    assert offenders(system, "I28") == (twice,)


def test_a_refused_request_had_an_effect(system: SmallSystem) -> None:
    system.command("intake", "conversation", "refused-1", OPEN_TICKET)
    system.promise("messages", "refused-1", OPEN_TICKET, "refused")
    assert offenders(system, "I28") == ("refused and yet applied: messages refused-1",)


def test_effects_stand_in_another_order_than_acknowledged(system: SmallSystem) -> None:
    first = system.command("intake", "conversation", "first", OPEN_TICKET)
    system.promise("replies", "first", OPEN_TICKET, sent={"message_id": "m-8"})
    second = system.command("intake", "conversation", "second", OPEN_TICKET)
    for command, name in ((second, "m-9"), (first, "m-8")):
        system.publish(
            "intake", "conversation", command, "AgentReplied", OPEN_TICKET,
            ticket_id=OPEN_TICKET, message_id=name,
        )  # fmt: skip
    system.promise("replies", "second", OPEN_TICKET, sent={"message_id": "m-9"})
    swapped = f"replies first stands behind replies second: {SHOP}/{OPEN_TICKET}"
    assert offenders(system, "I28") == (swapped,)


def test_something_was_acknowledged_before_it_was_applied(system: SmallSystem) -> None:
    assert system.facts.journal is not None
    entry = system.facts.journal[-1]
    early = entry.model_copy(update={"at": entry.at - timedelta(minutes=5)})
    system.facts.journal[-1] = early
    assert "acknowledged before it was applied: resume resume-1" in offenders(system, "I28")


def test_a_record_that_the_broker_acknowledged_is_gone(system: SmallSystem) -> None:
    assert system.facts.journal is not None
    entry = system.facts.journal[0].model_copy(
        update={
            "via": "kafka", "what": "OrderPlaced",
            "id": "6f1f2a3e-7c0d-5b0e-9a57-0a7c0e5ca5e0",
            "answer": {"topic": "orders", "partition": 0, "offset": 0},
        }
    )  # fmt: skip
    system.facts.journal.append(entry)
    assert offenders(system, "I28") == (f"acknowledged record lost: {entry.id}",)
