"""I14, I15 and I16 find messages that people got twice, never, or blindly again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.verify.notifications import name_of, names_of
from devstack.standins.records import SendRecord, without_phones
from runtime.clock import named_id
from tests.support.small_system import SmallSystem
from tests.unit.verify.conftest import ROBOT_ID, ROBOT_REFERENCE, SMS_ID, TICKET, robot, sms
from tests.unit.verify.planted import broken_codes, offenders

ABOUT = {
    "about": TICKET, "rule": "opened", "recipient": "customer", "step": 1,
    "provider": "aliyun_sms",
}  # fmt: skip


@pytest.fixture
def sends(system: SmallSystem) -> list[SendRecord]:
    assert system.facts.sends is not None
    return system.facts.sends


def tell(system: SmallSystem, kind: str, **data: Any) -> None:
    """A further event of the notifier."""
    cause = system.command("notifier", "notices", f"more-{system.tick_s}", TICKET)
    system.publish("notifier", "notices", cause, kind, TICKET, **{**ABOUT, **data})


def ask() -> SendRecord:
    """A question about the SMS to that phone."""
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return SendRecord("aliyun_sms", now, True, "OK", kind="ask", recipient_hash="phone-1")


# ---------------------------------------------------------------- I14
def test_an_sms_was_accepted_twice(system: SmallSystem, sends: list[SendRecord]) -> None:
    sends.append(sms())
    assert offenders(system, "I14") == (f"accepted 2 times: {SMS_ID}",)


def test_an_accepted_message_never_reached_a_provider(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    sends.pop()
    assert offenders(system, "I14") == (f"accepted 0 times: {ROBOT_ID}",)


def test_a_robot_named_a_notification_in_two_messages(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    sends.append(robot(f"again {ROBOT_REFERENCE}"))
    assert offenders(system, "I14") == (f"accepted 2 times: {ROBOT_ID}",)


def test_a_provider_got_what_nobody_told_of(system: SmallSystem, sends: list[SendRecord]) -> None:
    sends.append(sms(out_id="unknown"))
    assert offenders(system, "I14") == ("accepted and never told: unknown",)


def test_a_try_on_its_way_may_be_known_to_the_provider_first(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    assert system.facts.notifier is not None
    name = str(named_id("on its way"))
    row = system.facts.notifier.deliveries[0]
    open_row = row._replace(id=name, state="unknown", open=True)
    system.facts.notifier.deliveries.append(open_row)
    sends.append(sms(out_id=name))
    assert offenders(system, "I14") == ()


def test_a_notification_has_two_ids(system: SmallSystem, sends: list[SendRecord]) -> None:
    other = str(named_id("notification", "other"))
    tell(system, "NotificationAccepted", notification_id=other)
    sends.append(sms(out_id=other))
    two = f"2 ids for one notification: {TICKET}/opened/customer/1"
    assert offenders(system, "I14") == (two,)


def test_an_id_stands_for_two_notifications(system: SmallSystem) -> None:
    tell(system, "NotificationDelivered", notification_id=SMS_ID, step=2)
    assert f"one id for several: {SMS_ID}" in offenders(system, "I14")


def test_calls_are_made_by_people(system: SmallSystem) -> None:
    name = str(named_id("call"))
    tell(
        system, "NotificationAccepted", notification_id=name, provider="call_task",
        rule="call",
    )  # fmt: skip
    assert offenders(system, "I14") == ()


def test_a_reference_that_looks_like_a_phone_number_is_found() -> None:
    """The record masks it; so does the name that is looked for."""
    notification = "13800138-000a-4000-8000-000000000000"
    record = robot(without_phones(f"see #{notification.replace('-', '')[:12]} now"))
    assert "*" in record.text
    assert list(names_of(record)) == [name_of(notification, "wecom")]


# ---------------------------------------------------------------- I15
def test_an_unknown_outcome_was_sent_again_blindly(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    sends[0] = replace(sends[0], fault="status_500")
    assert offenders(system, "I15") == (f"sent again blindly to aliyun_sms: {SMS_ID}",)
    sends.insert(1, ask())
    assert offenders(system, "I15") == ()


def test_an_accepted_message_was_sent_again(system: SmallSystem, sends: list[SendRecord]) -> None:
    sends.append(sms(accepted=False, code="isv.BUSINESS_LIMIT_CONTROL"))
    assert offenders(system, "I15") == (f"sent again blindly to aliyun_sms: {SMS_ID}",)


def test_a_question_before_the_try_answers_nothing(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    sends[0] = replace(sends[0], fault="status_500")
    sends.insert(0, ask())
    assert offenders(system, "I15") == (f"sent again blindly to aliyun_sms: {SMS_ID}",)


# ---------------------------------------------------------------- I16
def test_a_delivery_report_comes_without_acceptance(system: SmallSystem) -> None:
    name = str(named_id("notification", "odd"))
    tell(system, "NotificationDelivered", notification_id=name, step=3)
    assert offenders(system, "I16") == (f"NotificationDelivered while new: {name}",)


def test_no_verdict_may_still_turn_out_accepted(
    system: SmallSystem, sends: list[SendRecord]
) -> None:
    name = str(named_id("notification", "late"))
    tell(system, "NotificationFailed", notification_id=name, step=2, code="local.no_verdict")
    tell(system, "NotificationAccepted", notification_id=name, step=2)
    tell(system, "NotificationDelivered", notification_id=name, step=2)
    sends.append(sms(out_id=name))
    assert broken_codes(system) == []


@pytest.mark.parametrize(
    ("trail", "text"),
    [
        (("planned", "accepted", "sending", "accepted"), "ledger accepted to sending"),
        (("accepted",), "ledger from ('accepted',) to accepted"),
    ],
)
def test_the_ledger_left_its_table(system: SmallSystem, trail: tuple[str, ...], text: str) -> None:
    assert system.facts.notifier is not None
    rows = system.facts.notifier.deliveries
    rows[0] = rows[0]._replace(trail=trail)
    assert offenders(system, "I16") == (f"{text}: {SMS_ID}",)


def test_the_end_of_a_delivery_was_not_told(system: SmallSystem) -> None:
    assert system.facts.notifier is not None
    rows = system.facts.notifier.deliveries
    rows[0] = rows[0]._replace(state="delivered", trail=(*rows[0].trail, "delivered"))
    assert offenders(system, "I16") == (f"delivered and not told: {SMS_ID}",)
