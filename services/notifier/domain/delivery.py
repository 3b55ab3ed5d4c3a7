"""The life of a notification as a state machine: TRANSITIONS is the whole table. Its rules answer
what the sender tells; called by the runtime through the desk in `app.py`.

The sender itself makes one move only, planned → sending, before it calls a provider. Waits are
real seconds from the commit on; None means that nothing more is to be done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from schemas.envelope import Envelope, Payload
from schemas.notifications import NotificationAccepted, NotificationDelivered, NotificationFailed
from schemas.rules import Decision
from services.notifier.domain.commands import LeaseEnded, Overtaken, ReceiptGiven, SendSettled
from services.notifier.domain.notice import notification_id
from services.notifier.domain.policy import SMS, NotifierRules

State = Literal["planned", "sending", "accepted", "delivered", "failed", "unknown"]
TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        ("planned", "sending"),  # by the sender, with the number of the try
        ("planned", "accepted"),  # late news of an earlier try
        ("planned", "delivered"),
        ("planned", "failed"),  # overtaken before it was sent
        ("sending", "planned"),
        ("sending", "accepted"),
        ("sending", "delivered"),  # its report was faster than the answer
        ("sending", "failed"),
        ("sending", "unknown"),
        ("unknown", "planned"),  # the provider never got it
        ("unknown", "accepted"),
        ("unknown", "delivered"),
        ("unknown", "failed"),
        ("accepted", "delivered"),
        ("accepted", "failed"),
    }
)
"""`failed` may also be the first state: a recipient without any way to reach. An `unknown` without
a next try has ended without verdict."""
ASKABLE = frozenset({SMS})
NO_VERDICT = "local.no_verdict"
OVERTAKEN = "local.overtaken"


class Delivery(NamedTuple):
    """A notification as far as its delivery needs it. Waits and repeats are for the store."""

    id: UUID
    shop_id: str
    about: str
    rule: str
    recipient: str
    step: int
    language: str
    channels: tuple[str, ...]
    channel_no: int
    provider: str
    state: State
    tries: int
    asked: int
    provider_message_id: str | None
    version: int
    rests: bool = False
    """Nothing more is to be done by itself."""
    wait_s: float | None = None
    repeat_in_s: float | None = None
    code: str = ""
    reported_at: datetime | None = None
    moves: tuple[State, ...] = ()

    def to(self, state: State, wait_s: float | None = None, **changes: Any) -> Delivery:
        """The next state. Raises ValueError for a move outside the table."""
        if state != self.state and (self.state, state) not in TRANSITIONS:
            raise ValueError(f"{self.state} to {state} is no transition")
        moves = self.moves if state == self.state else (*self.moves, state)
        rests = wait_s is None
        return self._replace(state=state, wait_s=wait_s, rests=rests, moves=moves, **changes)

    @property
    def repeat_id(self) -> UUID:
        """The notification that repeats this one on purpose."""
        return notification_id(self.shop_id, self.about, self.rule, self.recipient, self.step + 1)


def send_settled(
    case: Delivery | None, event: Envelope[SendSettled], policy: NotifierRules, now: datetime
) -> Decision[Delivery]:
    """Book the result of a try. News of an older try counts only if it was accepted."""
    data = event.data
    if case is None:
        return Decision(case=None)
    if data.result == "accepted":
        if case.state not in ("planned", "sending", "unknown"):
            return Decision(case=None)
        return _accepted(case, policy, now, data.provider_message_id)
    late = data.number != case.tries or case.state not in ("sending", "unknown")
    if late or (case.state == "unknown" and data.result != "rejected"):
        return Decision(case=None)
    if data.result == "unknown":
        return _unknown(case, policy, now)
    if data.result == "held":
        return Decision(case=_held(case, data, policy))
    return _rejected(case, data, policy, now)


def lease_ended(
    case: Delivery | None, event: Envelope[LeaseEnded], policy: NotifierRules, now: datetime
) -> Decision[Delivery]:
    """Nobody knows whether the try reached the provider: ask, never send blindly again."""
    if case is None or case.state != "sending" or event.data.number != case.tries:
        return Decision(case=None)
    return _unknown(case, policy, now)


def overtaken(
    case: Delivery | None, event: Envelope[Overtaken], _: NotifierRules, now: datetime
) -> Decision[Delivery]:
    """What a message was to tell is settled: it is not sent, and the ledger says why."""
    if case is None or case.state != "planned":
        return Decision(case=None)
    return _given_up(case, OVERTAKEN, "settled before it was sent", now)


def receipt_given(
    case: Delivery | None, event: Envelope[ReceiptGiven], policy: NotifierRules, now: datetime
) -> Decision[Delivery]:
    """Book what the provider says. A report that names other ids than ours is not believed."""
    data = event.data
    if case is None or case.tries == 0 or case.state in ("delivered", "failed"):
        return Decision(case=None)
    other_id = case.provider_message_id not in (None, data.provider_message_id)
    if not data.asked and other_id:
        return Decision(case=None)
    if case.provider_message_id is None and data.provider_message_id:
        case = case._replace(provider_message_id=data.provider_message_id)
    if data.receipt in ("delivered", "failed"):
        return _arrived_or_not(case, data, now)
    if case.rests:
        return Decision(case=None)
    if case.state == "unknown":
        return _still_unknown(case, data, policy, now)
    if case.state == "accepted":
        again = case.asked < policy.delivery.receipts_asked_max
        wait_s = policy.delivery.receipt_after_s * 2.0 ** min(case.asked, 10) if again else None
        return Decision(case=case.to("accepted", wait_s))
    return Decision(case=None)


def _accepted(
    case: Delivery, policy: NotifierRules, now: datetime, theirs: str | None
) -> Decision[Delivery]:
    ask = case.provider in ASKABLE and policy.delivery.receipts_asked_max > 0
    wait_s = float(policy.delivery.receipt_after_s) if ask else None
    case = case.to("accepted", wait_s, asked=0, provider_message_id=theirs)
    return Decision(case=case, events=(_taken(case, now),))


def _arrived_or_not(case: Delivery, data: ReceiptGiven, now: datetime) -> Decision[Delivery]:
    """A final word; the provider had taken it, whether it said so or not."""
    events: list[Payload] = [] if case.state == "accepted" else [_taken(case, now)]
    if data.receipt == "delivered":
        events.append(NotificationDelivered(**_named(case), delivered_at=now))
        case = case.to("delivered", reported_at=data.reported_at)
        return Decision(case=case, events=tuple(events))
    if case.state == "planned":
        case = case.to("accepted")
    code = data.code or "unknown"
    events.append(_failed(case, code, "not delivered", now))
    case = case.to("failed", code=code, reported_at=data.reported_at)
    return Decision(case=case, events=tuple(events))


def _still_unknown(
    case: Delivery, data: ReceiptGiven, policy: NotifierRules, now: datetime
) -> Decision[Delivery]:
    how = policy.delivery
    if data.receipt == "pending":
        return _accepted(case, policy, now, case.provider_message_id)
    if data.receipt == "not_found" and data.age_s >= how.trust_not_found_after_s:
        if case.tries >= how.tries_max:
            return _given_up(case, "local.not_taken", "the provider never got it", now)
        return Decision(case=case.to("planned", 0.0))
    if data.age_s >= how.give_up_asking_after_s:
        return _no_verdict(case, policy, now)
    wait_s = min(how.ask_after_s * 2.0 ** min(case.asked, 20), float(how.longest_wait_s))
    return Decision(case=case.to("unknown", max(wait_s, data.retry_after_s or 0.0)))


def _unknown(case: Delivery, policy: NotifierRules, now: datetime) -> Decision[Delivery]:
    if case.provider not in ASKABLE:
        return _no_verdict(case, policy, now)
    return Decision(case=case.to("unknown", float(policy.delivery.ask_after_s), asked=0))


def _no_verdict(case: Delivery, policy: NotifierRules, now: datetime) -> Decision[Delivery]:
    """It ends here unknown; where it may be repeated, the repeat is a step of its own."""
    reason, repeat_in_s = "no verdict from the provider", None
    if case.provider not in ASKABLE and case.step <= policy.delivery.repeats_max:
        reason = f"{reason}; repeated as step {case.step + 1}"
        repeat_in_s = _wait_s(case, policy, case.step)
    event = _failed(case, NO_VERDICT, reason, now)
    case = case.to("unknown", code=NO_VERDICT, repeat_in_s=repeat_in_s)
    return Decision(case=case, events=(event,))


def _held(case: Delivery, data: SendSettled, policy: NotifierRules) -> Delivery:
    """The try was not made, so it does not count."""
    further = _further(case, policy)
    case = case._replace(tries=case.tries - 1)
    if further is not None:
        return case.to("planned", 0.0, **further)
    return case.to("planned", max(data.retry_after_s or 0.0, 0.1))


def _rejected(
    case: Delivery, data: SendSettled, policy: NotifierRules, now: datetime
) -> Decision[Delivery]:
    how = policy.delivery
    if not (data.retryable or data.of_provider):
        return _given_up(case, data.code, data.reason, now)
    if case.tries >= how.tries_max:
        return _given_up(case, data.code, data.reason, now)
    further = _further(case, policy) if data.of_provider else None
    if further is not None:
        return Decision(case=case.to("planned", 0.0, **further))
    # An account that needs its owner's attention is not helped by haste.
    wait_s = _wait_s(case, policy, case.tries) if data.retryable else float(how.longest_wait_s)
    back = _at(case, 0, policy) if data.of_provider else {}
    return Decision(case=case.to("planned", max(wait_s, data.retry_after_s or 0.0), **back))


def _further(case: Delivery, policy: NotifierRules) -> dict[str, Any] | None:
    """The next channel, if there is one that the policy still knows."""
    for number in range(case.channel_no + 1, len(case.channels)):
        if case.channels[number] in policy.lanes:
            return _at(case, number, policy)
    return None


def _at(case: Delivery, number: int, policy: NotifierRules) -> dict[str, Any]:
    channel = policy.lanes.get(case.channels[number])
    if channel is None:
        return {}
    return {"channel_no": number, "provider": channel.provider}


def _wait_s(case: Delivery, policy: NotifierRules, times: int) -> float:
    """Doubling waits, spread by the notification's id so that a crowd does not come back at
    once."""
    how = policy.delivery
    plain_s = min(how.first_wait_s * 2.0 ** min(times - 1, 30), float(how.longest_wait_s))
    return plain_s * (0.75 + (case.id.int & 0xFFFF) / 0x20000)


def _given_up(case: Delivery, code: str, reason: str, now: datetime) -> Decision[Delivery]:
    return Decision(case=case.to("failed", code=code), events=(_failed(case, code, reason, now),))


def _taken(case: Delivery, now: datetime) -> NotificationAccepted:
    return NotificationAccepted(
        **_named(case),
        provider_message_id=case.provider_message_id,
        tries=max(case.tries, 1),
        accepted_at=now,
    )


def _failed(case: Delivery, code: str, reason: str, now: datetime) -> NotificationFailed:
    more = {
        "code": code or "unknown",
        "reason": reason or "no reason given",
        "tries": case.tries,
        "failed_at": now,
    }
    return NotificationFailed.model_validate(_named(case) | more)


def _named(case: Delivery) -> dict[str, Any]:
    return {
        "about": case.about,
        "notification_id": str(case.id),
        "rule": case.rule,
        "recipient": case.recipient,
        "step": case.step,
        "provider": case.provider,
        "language": case.language,
    }
