"""A small system in which every invariant holds: one ticket from complaint to the end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.verify.domain_facts import (
    Archive,
    Clock,
    Clocks,
    Complaint,
    Delivery,
    Head,
    Intake,
    Notifier,
    Ticket,
    Told,
)
from cli.verify.leaks import Leaks
from cli.verify.log_facts import Id
from cli.verify.merkle import head_text, leaf_hash, roots_at
from devstack.standins.records import SendRecord
from runtime.clock import named_id
from tests.support.small_system import SHOP, SmallSystem, at

TICKET = "ticket-1"
OPEN_TICKET = "ticket-2"
SMS_ID = str(named_id("notification", "sms"))
ROBOT_ID = str(named_id("notification", "robot"))
ROBOT_REFERENCE = f"#{named_id('notification', 'robot').hex[:12]}"


@pytest.fixture
def system() -> SmallSystem:
    """Order, complaint, repeat, message, reply; clocks met, breached and running; messages out."""
    made = SmallSystem()
    facts = made.facts
    facts.journal, facts.sends = [], []
    facts.intake, facts.clocks, facts.notifier = Intake(), Clocks(), Notifier()
    made.upstream("placed", "OrderPlaced", "order-1", order_id="order-1")
    _complain(made, TICKET, "c-1")
    _complain(made, OPEN_TICKET, "c-2")
    _repeat(made, TICKET, "c-3")
    triaged = _triage(made, TICKET)
    _clocks(made, triaged)
    _clock_of_open_ticket(made, _triage(made, OPEN_TICKET))
    _talk(made)
    _notify(made)
    _archive(made)
    facts.leaks = Leaks()
    facts.leaks.looked["Kafka records"] = 1
    return made


@pytest.fixture
def clocks(system: SmallSystem) -> Clocks:
    assert system.facts.clocks is not None
    return system.facts.clocks


def _complain(made: SmallSystem, ticket: str, external: str) -> None:
    assert made.facts.intake is not None
    command = made.command("intake", "openings", f"{external}-t1", f"{SHOP}|order-{ticket}")
    made.publish(
        "intake", "openings", command, "TicketOpened", ticket,
        ticket_id=ticket, origin="inbox", external_id=external,
    )  # fmt: skip
    made.facts.intake.complaints.append(Complaint(SHOP, "inbox", external, ticket, joined=False))
    state = "closed" if ticket == TICKET else "open"
    row = Ticket(ticket, SHOP, "inbox", external, f"order-{ticket}", None, state)
    made.facts.intake.tickets.append(row)
    made.promise(
        "tickets", f"{external}-t1", f"inbox/{external}",
        sent={"origin": "inbox", "external_id": external}, answer={"ticket_id": ticket},
    )  # fmt: skip


def _repeat(made: SmallSystem, ticket: str, external: str) -> None:
    """A further complaint about the same order line joins the ticket."""
    assert made.facts.intake is not None
    command = made.command("intake", "openings", f"{external}-t1", f"{SHOP}|order-{ticket}")
    made.publish(
        "intake", "openings", command, "CustomerMessageReceived", ticket,
        ticket_id=ticket, message_id="joined-1", repeat_of=external,
    )  # fmt: skip
    made.facts.intake.complaints.append(Complaint(SHOP, "inbox", external, ticket, joined=True))
    made.promise(
        "tickets", f"{external}-t1", f"inbox/{external}",
        sent={"origin": "inbox", "external_id": external}, answer={"ticket_id": ticket},
    )  # fmt: skip


def _triage(made: SmallSystem, ticket: str) -> Id:
    opened = next(e.id for e in made.facts.stories.tickets if e.ticket == ticket)
    return made.publish("triage", "tickets", opened, "Triaged", ticket, ticket_id=ticket)


def _clocks(made: SmallSystem, triaged: Id) -> None:
    """One clock breached and met late, one met in time; timers speak of the first."""
    clocks = made.facts.clocks
    assert clocks is not None
    of = {"ticket_id": TICKET, "generation": 1}
    first, second = {**of, "clock": "first_contact"}, {**of, "clock": "solution"}
    for about, due in ((first, 15), (second, 240)):
        made.publish(
            "sla", "clocks", triaged, "ClockStarted", TICKET,
            **about, due_at=at(due), target_s=due * 60,
        )  # fmt: skip
    warned, breached = named_id("timer", "1").bytes, named_id("timer", "2").bytes
    made.publish(
        "sla", "clocks", warned, "SLAWarning", TICKET,
        **first, due_at=at(15), detected_at=at(11.26), threshold="p75",
    )  # fmt: skip
    made.publish(
        "sla", "clocks", breached, "SLABreached", TICKET,
        **first, breached_at=at(15), detected_at=at(15.01),
    )  # fmt: skip
    call = made.command("intake", "conversation", "call-1", TICKET)
    called = made.publish(
        "intake", "conversation", call, "CallMade", TICKET, ticket_id=TICKET, call_id="call-1"
    )
    made.promise("calls", "call-1", TICKET, sent={"call_id": "call-1"})
    made.publish("sla", "clocks", called, "ClockMet", TICKET, **first, due_at=at(15), met_at=at(20))
    decision = made.command("resolution", "settlements", "close-1", TICKET)
    resolved = made.publish(
        "resolution", "settlements", decision, "Resolved", TICKET,
        ticket_id=TICKET, resolved_at=at(30),
    )  # fmt: skip
    made.promise("resolution", "close-1", TICKET, answer={"resolved_at": at(30).isoformat()})
    made.publish(
        "sla", "clocks", resolved, "ClockMet", TICKET, **second, due_at=at(240), met_at=at(30)
    )
    clocks.clocks += [
        Clock(TICKET, "first_contact", 1, "breached", at(15), at(20), at(15)),
        Clock(TICKET, "solution", 1, "met", at(240), at(30)),
    ]
    kinds = (("started", ""), ("warning", "p75"), ("breached", ""), ("met", ""))
    clocks.told += [Told(TICKET, "first_contact", 1, *kind) for kind in kinds]
    clocks.told += [Told(TICKET, "solution", 1, kind, "") for kind in ("started", "met")]


def _clock_of_open_ticket(made: SmallSystem, triaged: Id) -> None:
    clocks = made.facts.clocks
    assert clocks is not None
    made.publish(
        "sla", "clocks", triaged, "ClockStarted", OPEN_TICKET, ticket_id=OPEN_TICKET,
        clock="first_reply", generation=1, due_at=at(600), target_s=36_000,
    )  # fmt: skip
    clocks.clocks.append(Clock(OPEN_TICKET, "first_reply", 1, "pending", at(600)))
    clocks.told.append(Told(OPEN_TICKET, "first_reply", 1, "started", ""))
    clocks.timers[OPEN_TICKET] = clocks.armed[OPEN_TICKET] = at(450)


def _talk(made: SmallSystem) -> None:
    """The customer writes, an agent answers, work waits and goes on."""
    steps: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("messages", "CustomerMessageReceived", {"message_id": "m-1"}),
        ("replies", "AgentReplied", {"message_id": "m-2"}),
        ("waiting", "TicketWaiting", {}),
        ("resume", "TicketResumed", {}),
    )
    for what, kind, sent in steps:
        command = made.command("intake", "conversation", f"{what}-1", OPEN_TICKET)
        made.publish(
            "intake", "conversation", command, kind, OPEN_TICKET, ticket_id=OPEN_TICKET, **sent
        )
        made.promise(what, f"{what}-1", OPEN_TICKET, sent=sent)


def _notify(made: SmallSystem) -> None:
    """An SMS that a first try did not get through, and a robot's message with a reference."""
    facts = made.facts
    assert facts.notifier is not None
    assert facts.sends is not None
    for name, notification, provider, recipient in (
        ("sms", SMS_ID, "aliyun_sms", "customer"),
        ("robot", ROBOT_ID, "wecom", "urgent_group"),
    ):
        cause = made.command("notifier", "notices", f"sent-{name}", notification)
        about = {
            "about": TICKET, "notification_id": notification, "rule": "opened",
            "recipient": recipient, "step": 1, "provider": provider,
        }  # fmt: skip
        made.publish("notifier", "notices", cause, "NotificationAccepted", TICKET, **about)
        trail = ("planned", "sending", "accepted")
        row = Delivery(
            notification, SHOP, TICKET, "opened", recipient, 1, provider, "accepted", trail
        )
        facts.notifier.deliveries.append(row)
    facts.sends += [
        sms(accepted=False, code="isp.SYSTEM_ERROR"),
        sms(),
        robot(f"two tickets {ROBOT_REFERENCE} to look at"),
    ]


def sms(*, accepted: bool = True, code: str = "OK", out_id: str = SMS_ID) -> SendRecord:
    """A request for an SMS as the provider saw it."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return SendRecord("aliyun_sms", now, accepted, code, out_id=out_id, recipient_hash="phone-1")


def robot(text: str) -> SendRecord:
    """A robot's message as the provider saw it."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return SendRecord("wecom", now, True, "0", out_id="x", recipient_hash="robot-1", text=text)


def _archive(made: SmallSystem) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    leaves = [leaf_hash(f"record {number}".encode()) for number in range(7)]
    archive = Archive(log="log-1", size=7, hashes=leaves)
    archive.indexes.extend(range(7))
    roots = roots_at(leaves, range(8))
    archive.keys["key-1"] = key.public_key().public_bytes_raw()
    for size, minute in ((3, 1), (7, 2)):
        text = head_text("log-1", size, roots[size], at(minute))
        archive.heads.append(Head(size, roots[size], at(minute), "key-1", key.sign(text)))
    archive.frontier = roots[4] + roots_at(leaves[4:6], [2])[2] + leaves[6]
    archive.records += list(enumerate(leaves))
    archive.objects.append((b"n" * 32, b"n" * 32))
    made.facts.archive = archive
    cause = made.command("evidence", "announce", "head-7", TICKET)
    made.publish(
        "evidence", "announce", cause, "EvidenceArchived", TICKET, ticket_id=TICKET,
        kind="ticket_event", count=7, first_leaf=0, last_leaf=6, tree_size=7,
        root_sha256=roots[7].hex(),
    )  # fmt: skip
