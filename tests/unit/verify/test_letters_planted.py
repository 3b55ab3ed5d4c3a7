"""I5 and I6 find messages that are in two places, or in none: inbox, parked, dead letters."""

from __future__ import annotations

from cli.verify.effects import derived
from cli.verify.log_facts import shown
from cli.verify.store_facts import DeadLetter, Parked
from tests.support.small_system import SmallSystem
from tests.unit.verify.conftest import TICKET
from tests.unit.verify.planted import STRANGE, first_id, forget, offenders


def test_a_lost_message_may_be_parked_or_dead(system: SmallSystem) -> None:
    for rest in ("parked", "dead"):
        applied = system.store("evidence").applied("archive", "sla")
        event_id, place = applied.ids[-1], ("sla", 0, applied.offsets[-1])
        forget(applied, -1)
        if rest == "parked":
            parked = Parked("archive", event_id, TICKET, *place)
            system.store("evidence").parked.append(parked)
        else:
            letter = DeadLetter(STRANGE, "archive", event_id, *place, "rule_failed")
            system.store("evidence").dead.append(letter)
        assert offenders(system, "I5") == ()


def test_a_replayed_dead_letter_counts_no_more(system: SmallSystem) -> None:
    inbox = system.store("evidence").applied("archive", "sla")
    letter = DeadLetter(
        STRANGE, "archive", inbox.ids[-1], "sla", 0, inbox.offsets[-1], "rule_failed"
    )
    system.store("evidence").dead.append(letter._replace(replayed=True))
    assert offenders(system, "I5") == ()
    system.store("evidence").dead[-1] = letter
    both = f"evidence.archive both applied and dead: {shown(inbox.ids[-1])}"
    assert offenders(system, "I5") == (both,)


def test_a_message_is_parked_and_applied(system: SmallSystem) -> None:
    event_id = first_id(system, "tickets")
    system.store("triage").parked.append(Parked("tickets", event_id, TICKET, "tickets", 0, 0))
    both = f"triage.tickets both applied and parked: {shown(event_id)}"
    assert offenders(system, "I5") == (both,)


def test_an_unreadable_record_needs_its_dead_letter(system: SmallSystem) -> None:
    pos = system.put("triage", "key", None)
    assert offenders(system, "I5") == ()
    assert "lag: sla.clocks triage/0: 1" in offenders(system, "I10")
    system.pass_over("triage")
    lost = {f"{desk} lost: triage/0/{pos}" for desk in ("sla.clocks", "notifier.notices")}
    assert lost <= set(offenders(system, "I5"))
    for service, desk in (
        ("sla", "clocks"), ("notifier", "notices"), ("evidence", "archive"),
        ("resolution", "settlements"),
    ):  # fmt: skip
        letter = DeadLetter(STRANGE, desk, None, "triage", 0, pos, "empty")
        system.store(service).dead.append(letter)
    assert offenders(system, "I5") == ()


def test_a_desk_passes_over_what_it_has_no_rule_for(system: SmallSystem) -> None:
    applied = system.store("evidence").applied("archive", "sla")
    event_id = applied.ids[-1]
    kind = system.facts.logs["sla"].types[system.facts.logs["sla"].row_of[event_id]]
    assert kind == "aftercare.sla.ClockStarted"
    assert event_id not in system.store("notifier").applied("notices", "sla").ids
    assert offenders(system, "I5") == ()
    forget(applied, -1)
    assert offenders(system, "I5") == (f"evidence.archive lost from sla: {shown(event_id)}",)


def test_rubbish_is_judged_by_those_whom_its_header_concerns(system: SmallSystem) -> None:
    pos = system.put("triage", "key", b"rubbish", header="aftercare.triage.Triaged")
    system.pass_over("triage")
    assert f"sla.clocks lost: triage/0/{pos}" in offenders(system, "I5")
    pos = system.put("sla", "key", b"rubbish", header="aftercare.sla.ClockStarted")
    system.pass_over("sla")
    lost = [offender for offender in offenders(system, "I5") if f"sla/0/{pos}" in offender]
    assert lost == [f"evidence.archive lost: sla/0/{pos}"]


def test_other_content_under_a_used_id_needs_its_dead_letter(system: SmallSystem) -> None:
    event_id = first_id(system, "resolution")
    value = system.value(event_id, "Resolved", TICKET, "aftercare/resolution", None, {"other": 1})
    pos = system.put("resolution", TICKET, value)
    system.pass_over("resolution")
    lost = f"sla.clocks lost a message under a used id: resolution/0/{pos}"
    assert lost in offenders(system, "I5")
    letter = DeadLetter(STRANGE, "clocks", event_id, "resolution", 0, pos, "id_reused")
    system.store("sla").dead.append(letter)
    assert lost not in offenders(system, "I5")


def test_a_dead_letter_was_not_announced(system: SmallSystem) -> None:
    letter = DeadLetter(STRANGE, "clocks", None, "tickets", 0, 99, "not_json")
    system.store("sla").dead.append(letter)
    assert offenders(system, "I6") == (f"sla dead letter not announced: {shown(STRANGE)}",)


def test_a_dead_letter_is_announced_each_time_it_dies(system: SmallSystem) -> None:
    store = system.store("sla")
    letter = DeadLetter(STRANGE, "clocks", None, "tickets", 0, 99, "not_json", rounds=2)
    store.dead.append(letter)
    for number in (1, 2):
        assert offenders(system, "I6") != ()
        announced = derived(STRANGE, f"DeadLettered/{number}")
        store.outbox.add(announced, "dead-letters.sla", shown(STRANGE))
    assert offenders(system, "I6") == ()
    store.outbox.add(derived(STRANGE, "DeadLettered/3"), "dead-letters.sla", shown(STRANGE))
    (found,) = offenders(system, "I6")
    assert found.startswith("sla announced no dead letter of its own")
