"""Any news in any order keeps a notification on its table, and tells of it at most once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.commands import (
    DeliveryCommand,
    LeaseEnded,
    ReceiptGiven,
    SendSettled,
)
from services.notifier.domain.delivery import TRANSITIONS
from tests.support.notifier_letters import HOW, letter, task, tell

COMMANDS = st.one_of(
    st.builds(
        SendSettled,
        notification_id=st.just("n"),
        number=st.integers(1, 3),
        result=st.sampled_from(["accepted", "rejected", "unknown", "held"]),
        provider_message_id=st.sampled_from([None, "biz"]),
        code=st.sampled_from(["", "c"]),
        retryable=st.booleans(),
        of_provider=st.booleans(),
        retry_after_s=st.sampled_from([None, 5.0]),
    ),
    st.builds(LeaseEnded, notification_id=st.just("n"), number=st.integers(1, 3)),
    st.builds(
        ReceiptGiven,
        notification_id=st.just("n"),
        receipt=st.sampled_from(["delivered", "failed", "pending", "not_found", "unanswered"]),
        asked=st.booleans(),
        age_s=st.sampled_from([0.0, 50.0, 1e6]),
        provider_message_id=st.sampled_from(["", "biz", "other"]),
    ),
)


@given(st.lists(COMMANDS, max_size=25), st.booleans())
def test_any_news_in_any_order_keeps_the_promises(
    commands: list[DeliveryCommand], robot: bool
) -> None:
    case = task("planned", tries=0) if robot else letter("planned", tries=0)
    trail: list[str] = ["planned"]
    told: list[str] = []
    for command in commands:
        if case.state == "planned":
            case = case.to("sending")._replace(tries=case.tries + 1)
            trail.append("sending")
        decided = tell(case._replace(moves=()), command)
        if decided.case is not None:
            case = decided.case
            trail += case.moves
        told += [type(each).__name__ for each in decided.events]
        assert case.tries <= HOW.tries_max
        if case.state in ("planned", "sending"):
            assert case.state == "sending" or case.wait_s is not None
    assert all(pair in TRANSITIONS for pair in pairwise(trail))
    assert told.count("NotificationAccepted") <= 1
    assert told.count("NotificationDelivered") <= 1
    assert told.count("NotificationFailed") <= 2
