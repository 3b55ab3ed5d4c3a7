"""Notifications in some state and the rules that answer the sender, for tests of their life."""

from __future__ import annotations

from typing import Any

from schemas.rules import Decision
from services.notifier.domain import delivery
from services.notifier.domain.commands import (
    DeliveryCommand,
    LeaseEnded,
    ReceiptGiven,
    SendSettled,
)
from services.notifier.domain.delivery import Delivery, State
from services.notifier.domain.notice import notification_id
from tests.support.notifier_story import SHOP, TICKET, at, event, notifier_policy

POLICY = notifier_policy()
HOW = POLICY.delivery


def letter(state: State = "sending", **changes: Any) -> Delivery:
    """An SMS in its first try."""
    values: dict[str, Any] = {
        "id": notification_id(SHOP, TICKET, "acknowledged", "customer", 1),
        "shop_id": SHOP,
        "about": TICKET,
        "rule": "acknowledged",
        "recipient": "customer",
        "step": 1,
        "language": "zh",
        "channels": ("sms",),
        "channel_no": 0,
        "provider": "aliyun_sms",
        "state": state,
        "tries": 1,
        "asked": 0,
        "provider_message_id": None,
        "version": 3,
    }
    return Delivery(**(values | changes))


def task(state: State = "sending", **changes: Any) -> Delivery:
    """A robot's message in its first try, with another robot behind it."""
    robot = {"channels": ("urgent_robot", "regular_robot"), "provider": "dingtalk"}
    return letter(state, **(robot | {"recipient": "urgent"} | changes))


def tell(case: Delivery | None, command: DeliveryCommand) -> Decision[Delivery]:
    """What the rule decides."""
    rules: dict[type[DeliveryCommand], Any] = {
        SendSettled: delivery.send_settled,
        LeaseEnded: delivery.lease_ended,
        ReceiptGiven: delivery.receipt_given,
    }
    decided: Decision[Delivery] = rules[type(command)](case, event(command, at()), POLICY, at(5))
    return decided
