"""I3 to I10 find what outbox, Kafka, inbox and progress disagree about."""

from __future__ import annotations

from typing import Any

from cli.verify.log_facts import shown
from cli.verify.store_facts import DeadLetter, Parked
from runtime.clock import named_id
from tests.support.small_system import WALL_S, SmallSystem
from tests.unit.verify.conftest import OPEN_TICKET, TICKET
from tests.unit.verify.planted import STRANGE, broken_codes, first_id, forget, offenders


def foreign(system: SmallSystem, topic: str, kind: str, **data: Any) -> int:
    """A record by somebody who does not own the topic; nobody applies it. Its offset."""
    value = system.value(STRANGE, kind, TICKET, "somebody/else", None, data)
    return system.put(topic, TICKET, value)


def swap(column: Any, rows: list[int]) -> None:
    """Exchange two rows of a column."""
    column[rows[0]], column[rows[1]] = column[rows[1]], column[rows[0]]


# ---------------------------------------------------------------- I3, I4
def test_an_outbox_row_was_never_published(system: SmallSystem) -> None:
    system.store("triage").outbox.add(STRANGE, "triage", TICKET, wall_s=WALL_S)
    assert offenders(system, "I3") == (f"triage row not on triage: {shown(STRANGE)}",)


def test_old_rows_may_have_left_the_topic(system: SmallSystem) -> None:
    system.store("triage").outbox.add(STRANGE, "triage", TICKET, wall_s=WALL_S - 1e6)
    system.facts.logs["triage"].starts[0] = 1
    assert offenders(system, "I3") == ()


def test_another_content_was_published(system: SmallSystem) -> None:
    box = system.store("triage").outbox
    box.contents[0] += 1
    assert offenders(system, "I3") == (f"other content on triage: {shown(box.ids[0])}",)


def test_a_record_has_no_outbox_row(system: SmallSystem) -> None:
    foreign(system, "sla", "ClockMet", ticket_id=TICKET, clock="solution", generation=1)
    assert offenders(system, "I4") == (f"sla without an outbox row: {shown(STRANGE)}",)


def test_intake_never_passed_an_order_event_on(system: SmallSystem) -> None:
    value = system.value(STRANGE, "OrderPlaced", "order-9", "aftercare/intake", None, {})
    system.put("orders", "order-9", value)
    assert offenders(system, "I4") == (f"orders without an outbox row: {shown(STRANGE)}",)


def test_rubbish_on_an_owned_topic(system: SmallSystem) -> None:
    pos = system.put("tickets", "key", b"{rubbish")
    assert offenders(system, "I4") == (f"not readable: tickets/0/{pos}",)


def test_planted_poison_is_no_offence(system: SmallSystem) -> None:
    pos = system.put("tickets", "key", b"{rubbish")
    system.facts.planted = frozenset({f"tickets/0/{pos}"})
    assert offenders(system, "I4") == ()


def test_a_record_has_another_key_than_its_event(system: SmallSystem) -> None:
    value = system.value(STRANGE, "TicketWaiting", TICKET, "aftercare/intake", None, {})
    system.put("tickets", "other-key", value)
    assert f"under a foreign key: {shown(STRANGE)}" in offenders(system, "I4")


# ---------------------------------------------------------------- I5
def test_a_message_was_lost_on_the_way_in(system: SmallSystem) -> None:
    applied = system.store("sla").applied("clocks", "resolution")
    lost = applied.ids[0]
    forget(applied, 0)
    assert offenders(system, "I5") == (f"sla.clocks lost from resolution: {shown(lost)}",)


def test_something_was_applied_that_was_never_sent(system: SmallSystem) -> None:
    system.store("triage").applied("tickets", "tickets").add(STRANGE, TICKET, 0, 2)
    invented = f"triage.tickets applied what was never sent: {shown(STRANGE)}"
    assert invented in offenders(system, "I5")


def test_a_service_never_listened_to_one_of_its_topics(system: SmallSystem) -> None:
    store = system.store("sla")
    store.progress = {at: end for at, end in store.progress.items() if at[1] != "resolution"}
    assert "sla has never listened to: resolution" in offenders(system, "I5")


# ---------------------------------------------------------------- I6
def test_an_effect_is_missing(system: SmallSystem) -> None:
    inbox = system.store("triage").applied("tickets", "tickets")
    inbox.events[0] += 1
    missing = f"event 1 of aftercare/triage/tickets is missing: {shown(inbox.ids[0])}"
    assert offenders(system, "I6") == (missing,)


def test_an_effect_is_one_too_many(system: SmallSystem) -> None:
    inbox = system.store("triage").applied("tickets", "tickets")
    inbox.events[0] -= 1
    extra = shown(system.store("triage").outbox.ids[0])
    assert offenders(system, "I6") == (f"effect beyond its own: {extra}",)


def test_an_event_follows_from_nothing(system: SmallSystem) -> None:
    value = system.value(
        STRANGE, "ClockMet", TICKET, "aftercare/sla", named_id("nothing").bytes, {}
    )
    system.put("sla", TICKET, value)
    system.store("sla").outbox.add(STRANGE, "sla", TICKET)
    assert offenders(system, "I6") == (f"made by nothing known: {shown(STRANGE)}",)


def test_other_content_was_applied(system: SmallSystem) -> None:
    inbox = system.store("resolution").applied("settlements", "orders")
    inbox.digests[0] += 1
    other = f"resolution.settlements applied other content: {shown(inbox.ids[0])}"
    assert offenders(system, "I6") == (other,)


def test_one_id_stands_for_two_contents(system: SmallSystem) -> None:
    event_id = first_id(system, "sla")
    value = system.value(event_id, "ClockMet", TICKET, "aftercare/sla", None, {"other": 1})
    system.put("sla", TICKET, value)
    assert offenders(system, "I6") == (f"two contents on sla: {shown(event_id)}",)


def test_an_event_is_archived_twice(system: SmallSystem) -> None:
    assert system.facts.archive is not None
    system.facts.archive.twice.append(STRANGE)
    assert offenders(system, "I6") == (f"archived twice: {shown(STRANGE)}",)


# ---------------------------------------------------------------- I7
def test_two_messages_of_a_key_were_swapped(system: SmallSystem) -> None:
    inbox = system.store("evidence").applied("archive", "tickets")
    rows = [row for row, key in enumerate(inbox.keys) if key == OPEN_TICKET][:2]
    for column in (inbox.ids, inbox.offsets, inbox.digests, inbox.events):
        swap(column, rows)
    pos = inbox.offsets[rows[1]]
    late = f"evidence.archive applied tickets/0/{pos} late for key: {OPEN_TICKET}"
    assert offenders(system, "I7") == (late,)


def test_a_letter_that_came_back_may_be_late(system: SmallSystem) -> None:
    inbox = system.store("evidence").applied("archive", "tickets")
    rows = [row for row, key in enumerate(inbox.keys) if key == OPEN_TICKET][:2]
    for column in (inbox.ids, inbox.offsets, inbox.digests, inbox.events):
        swap(column, rows)
    late = inbox.ids[rows[1]], "tickets", 0, inbox.offsets[rows[1]], "rule_failed"
    dead = system.store("evidence").dead
    dead.append(DeadLetter(STRANGE, "archive", *late, replayed=True))
    assert offenders(system, "I7") == ()
    dead[-1] = dead[-1]._replace(replayed=False)
    assert len(offenders(system, "I7")) == 1


def test_a_repeat_was_applied_instead_of_the_first(system: SmallSystem) -> None:
    event_id = first_id(system, "resolution")
    log = system.facts.logs["resolution"]
    log.add(event_id, 0, log.ends[0], digest=log.digests[0])
    inbox = system.store("sla").applied("clocks", "resolution")
    inbox.offsets[inbox.ids.index(event_id)] = log.ends[0] - 1
    repeat = f"sla.clocks applied a repeat of {shown(event_id)}: resolution/0/1"
    assert offenders(system, "I7") == (repeat,)


def test_a_parked_message_was_overtaken(system: SmallSystem) -> None:
    parked = Parked("archive", STRANGE, TICKET, "tickets", 0, 0)
    system.store("evidence").parked.append(parked)
    overtaken = f"evidence.archive overtook a parked message of key: {TICKET}"
    assert offenders(system, "I7") == (overtaken,)


def test_the_relay_swapped_two_events_of_a_key(system: SmallSystem) -> None:
    box = system.store("intake").outbox
    rows = [row for row, key in enumerate(box.keys) if key == OPEN_TICKET][:2]
    for column in (box.ids, box.contents):
        swap(column, rows)
    (found,) = offenders(system, "I7")
    assert found == f"{shown(box.ids[rows[1]])} reached tickets too early for key: {OPEN_TICKET}"


# ---------------------------------------------------------------- I8, I9, I10
def test_progress_fell_behind_what_was_applied(system: SmallSystem) -> None:
    system.store("sla").progress["clocks", "triage", 0] = 1
    fell = "fell behind what was applied: sla.clocks triage/0: 1 < 2"
    assert offenders(system, "I8") == (fell,)
    assert offenders(system, "I10") == ("lag: sla.clocks triage/0: 1",)


def test_progress_is_ahead_of_the_log(system: SmallSystem) -> None:
    system.store("sla").progress["clocks", "triage", 0] = 3
    assert offenders(system, "I8") == ("ahead of the log: sla.clocks triage/0: 3 > 2",)


def test_an_offset_was_committed_before_the_work(system: SmallSystem) -> None:
    offsets: Any = system.facts.committed["sla.clocks"]
    offsets["triage", 0] = 3
    assert offenders(system, "I9") == ("sla.clocks committed: triage/0: 3 > 2",)


def test_a_system_is_not_drained(system: SmallSystem) -> None:
    store = system.store("notifier")
    store.outbox.unpublished = 4
    store.parked.append(Parked("notices", STRANGE, TICKET, "sla", 0, 99))
    found = offenders(system, "I10")
    assert "unpublished events: notifier: 4" in found
    assert f"parked: notifier.notices {shown(STRANGE)}" in found
    system.facts.planted = frozenset({shown(STRANGE)})
    assert offenders(system, "I10") == ("unpublished events: notifier: 4",)


def test_a_delivery_is_still_open(system: SmallSystem) -> None:
    assert system.facts.notifier is not None
    one = system.facts.notifier.deliveries[0]._replace(state="unknown", open=True)
    system.facts.notifier.deliveries[0] = one._replace(trail=("planned", "sending", "unknown"))
    assert offenders(system, "I10") == (f"still to be sent or asked about: {one.id}",)


def test_a_clean_redelivery_breaks_nothing(system: SmallSystem) -> None:
    """What a relay sends again after a crash is the same record once more, and is passed over."""
    for topic in ("tickets", "sla"):
        log = system.facts.logs[topic]
        log.add(first_id(system, topic), 0, log.ends[0], digest=log.digests[0])
        system.pass_over(topic)
    assert broken_codes(system) == []
