"""The life of a notification: no move outside the table, no blind repeat, no endless trying."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args
from uuid import UUID

import pytest

from schemas.notifications import NotificationAccepted, NotificationDelivered, NotificationFailed
from services.notifier.domain.commands import (
    LeaseEnded,
    ReceiptGiven,
    SendSettled,
)
from services.notifier.domain.delivery import TRANSITIONS, State
from services.notifier.domain.notice import notification_id
from tests.support.notifier_letters import HOW, letter, task, tell
from tests.support.notifier_story import SHOP, TICKET, at

STATES: tuple[State, ...] = get_args(State)


def settled(result: Any, number: int = 1, **more: Any) -> SendSettled:
    return SendSettled(notification_id="n", number=number, result=result, **more)


def refused(code: str = "x", number: int = 1, **more: Any) -> SendSettled:
    return settled("rejected", number, code=code, reason="because", **more)


def receipt(kind: Any, *, asked: bool = True, **more: Any) -> ReceiptGiven:
    return ReceiptGiven(notification_id="n", receipt=kind, asked=asked, **more)


def test_accepted() -> None:
    decided = tell(letter(), settled("accepted", provider_message_id="biz"))
    assert decided.case is not None
    assert (decided.case.state, decided.case.wait_s) == ("accepted", HOW.receipt_after_s)
    (told,) = decided.events
    assert isinstance(told, NotificationAccepted)
    assert (told.provider_message_id, told.tries, told.accepted_at) == ("biz", 1, at(5))


def test_a_robot_gives_no_receipt() -> None:
    decided = tell(task(), settled("accepted"))
    assert decided.case is not None
    assert decided.case.wait_s is None


def test_a_final_refusal_fails() -> None:
    decided = tell(letter(), refused("isv.MOBILE_NUMBER_ILLEGAL"))
    assert decided.case is not None
    assert (decided.case.state, decided.case.code) == ("failed", "isv.MOBILE_NUMBER_ILLEGAL")
    assert isinstance(decided.events[0], NotificationFailed)


def test_a_refusal_that_may_pass_waits_at_least_as_long_as_told() -> None:
    for told, least, most in ((None, 1.5, 2.6), (77.0, 77.0, 77.0)):
        decided = tell(letter(), refused(retryable=True, retry_after_s=told))
        assert decided.case is not None
        assert decided.case.state == "planned"
        assert decided.case.wait_s is not None
        assert least <= decided.case.wait_s <= most
        assert decided.events == ()


def test_waits_double_and_are_bounded() -> None:
    waits = []
    for tries in range(1, HOW.tries_max):
        decided = tell(letter(tries=tries), refused(number=tries, retryable=True))
        assert decided.case is not None
        waits.append(decided.case.wait_s or 0.0)
    assert waits == sorted(waits)
    assert waits[2] == pytest.approx(4 * waits[0])
    assert max(waits) <= 1.25 * HOW.longest_wait_s


def test_the_last_try_fails() -> None:
    last = HOW.tries_max
    decided = tell(letter(tries=last), refused(number=last, retryable=True))
    assert decided.case is not None
    assert decided.case.state == "failed"


def test_the_next_channel_only_when_the_provider_is_to_blame() -> None:
    own = tell(task(), refused(retryable=True))
    theirs = tell(task(), refused(retryable=True, of_provider=True))
    assert own.case is not None
    assert theirs.case is not None
    assert (own.case.channel_no, own.case.provider) == (0, "dingtalk")
    assert (theirs.case.channel_no, theirs.case.provider, theirs.case.wait_s) == (1, "feishu", 0.0)


def test_behind_the_last_channel_comes_the_first_after_a_wait() -> None:
    decided = tell(task(channel_no=1, tries=2), refused(number=2, retryable=True, of_provider=True))
    assert decided.case is not None
    assert (decided.case.channel_no, decided.case.provider) == (0, "dingtalk")
    assert decided.case.wait_s is not None
    assert decided.case.wait_s > 1


def test_a_channel_that_the_policy_dropped_is_passed_over() -> None:
    gone = task(channels=("urgent_robot", "gone", "legal_robot"))
    decided = tell(gone, refused(of_provider=True, retryable=True))
    assert decided.case is not None
    assert (decided.case.channel_no, decided.case.provider) == (2, "wecom")


def test_an_unknown_result_is_asked_about_where_that_can_be() -> None:
    sms, robot = tell(letter(), settled("unknown")), tell(task(), settled("unknown"))
    assert sms.case is not None
    assert robot.case is not None
    assert (sms.case.state, sms.case.wait_s, sms.events) == ("unknown", HOW.ask_after_s, ())
    assert (robot.case.state, robot.case.wait_s) == ("unknown", None)
    assert robot.case.repeat_in_s is not None
    (told,) = robot.events
    assert isinstance(told, NotificationFailed)
    assert told.code == "local.no_verdict"
    assert "step 2" in told.reason


def test_repeats_end() -> None:
    decided = tell(task(step=HOW.repeats_max + 1), settled("unknown"))
    assert decided.case is not None
    assert decided.case.repeat_in_s is None


def test_a_lease_that_ended_is_an_unknown_result_of_that_try_only() -> None:
    ended = LeaseEnded(notification_id="n", number=1)
    decided = tell(letter(), ended)
    assert decided.case is not None
    assert decided.case.state == "unknown"
    assert tell(letter(tries=2), ended).case is None
    assert tell(letter("accepted"), ended).case is None


def test_not_found_is_trusted_only_after_a_while() -> None:
    early = tell(letter("unknown", asked=1), receipt("not_found", age_s=1.0))
    late = tell(letter("unknown"), receipt("not_found", age_s=HOW.trust_not_found_after_s))
    assert early.case is not None
    assert late.case is not None
    assert (early.case.state, early.case.wait_s) == ("unknown", 2.0 * HOW.ask_after_s)
    assert (late.case.state, late.case.wait_s) == ("planned", 0.0)
    last = letter("unknown", tries=HOW.tries_max)
    ended = tell(last, receipt("not_found", age_s=99.0)).case
    assert ended is not None
    assert (ended.state, ended.code) == ("failed", "local.not_taken")


@pytest.mark.parametrize(
    ("kind", "state", "types"),
    [
        ("pending", "accepted", [NotificationAccepted]),
        ("delivered", "delivered", [NotificationAccepted, NotificationDelivered]),
        ("failed", "failed", [NotificationAccepted, NotificationFailed]),
        ("unanswered", "unknown", []),
    ],
)
def test_what_an_answer_makes_of_an_unknown_try(
    kind: Any, state: State, types: list[type[Any]]
) -> None:
    decided = tell(letter("unknown"), receipt(kind, age_s=60.0))
    assert decided.case is not None
    assert decided.case.state == state
    assert [type(each) for each in decided.events] == types


def test_asking_without_an_answer_ends_some_day() -> None:
    age_s = float(HOW.give_up_asking_after_s)
    decided = tell(letter("unknown"), receipt("unanswered", age_s=age_s))
    assert decided.case is not None
    assert (decided.case.state, decided.case.wait_s) == ("unknown", None)
    assert decided.case.repeat_in_s is None


def test_a_report_before_the_answer() -> None:
    early = tell(letter(), receipt("delivered", asked=False, provider_message_id="biz"))
    assert early.case is not None
    assert early.case.moves == ("delivered",)
    assert early.case.provider_message_id == "biz"
    assert len(early.events) == 2
    after = early.case._replace(moves=())
    assert tell(after, settled("accepted", provider_message_id="biz")).case is None


def test_a_report_with_another_id_is_not_believed() -> None:
    known = letter("accepted", provider_message_id="biz")
    assert tell(known, receipt("failed", asked=False, provider_message_id="other")).case is None
    assert tell(known, receipt("failed", asked=False)).case is None
    unsent = letter("planned", tries=0)
    assert tell(unsent, receipt("delivered", asked=False, provider_message_id="x")).case is None


def test_a_held_try_does_not_count() -> None:
    sms = tell(letter(tries=3), settled("held", 3, retry_after_s=7.0)).case
    robot = tell(task(), settled("held")).case
    assert sms is not None
    assert robot is not None
    assert (sms.state, sms.tries, sms.wait_s) == ("planned", 2, 7.0)
    assert (robot.channel_no, robot.wait_s) == (1, 0.0)


def test_late_news_of_an_older_try() -> None:
    again = letter("planned", tries=1)
    assert tell(again, refused()).case is None
    assert tell(again, settled("unknown")).case is None
    taken = tell(again, settled("accepted")).case
    assert taken is not None
    assert taken.state == "accepted"
    sure = tell(letter("unknown"), refused(retryable=True)).case
    assert sure is not None
    assert sure.state == "planned"


def test_what_is_none_of_ours_has_no_effect() -> None:
    for command in (settled("accepted"), LeaseEnded(notification_id="n", number=1)):
        assert tell(None, command).case is None
    assert tell(None, receipt("delivered")).case is None


def test_ended_is_ended() -> None:
    for state in ("delivered", "failed"):
        for kind in get_args(ReceiptGiven.model_fields["receipt"].annotation):
            assert tell(letter(state), receipt(kind, age_s=99.0)).case is None
        assert tell(letter(state), settled("accepted")).case is None


def test_a_move_outside_the_table_is_an_error() -> None:
    for old, new in product(STATES, STATES):
        if old == new or (old, new) in TRANSITIONS:
            assert letter(old).to(new).state == new
        else:
            with pytest.raises(ValueError, match="no transition"):
                letter(old).to(new)


def test_ids_depend_on_all_five() -> None:
    base = ("s", "a", "r", "c", 1)
    other = [("t", *base[1:]), ("s", "b", "r", "c", 1), ("s", "a", "r", "c", 2)]
    ids = {notification_id(*each) for each in (base, *other)}
    assert len(ids) == 4
    assert isinstance(letter().repeat_id, UUID)
    assert letter().repeat_id == notification_id(SHOP, TICKET, "acknowledged", "customer", 2)
