"""What a provider's answer means, as closed unions. Every channel returns these; the sender
decides by them alone whether to book, retry, ask or fail over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message. Robots give no id: then `provider_message_id` is None."""

    provider_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider did not take the message: sending again can't double it.

    `code` is the provider's own code, or ours with a `local.` or `http_` prefix; `reason` is
    free of personal data. `retryable` means that the same message may pass later, not before
    `retry_after_s` if that is known. `of_provider` means that the cause lies in the account,
    the robot or the line and will meet other messages too (circuit breaker, fail over), not in
    this one message.
    """

    code: str
    reason: str
    retryable: bool
    retry_after_s: float | None = None
    of_provider: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request was written and no verdict came back: ask, never blindly send again."""

    reason: str


Sent: TypeAlias = Accepted | Rejected | Unknown


@dataclass(frozen=True, slots=True)
class Delivered:
    """It reached the person's device, at the provider's time (None if it doesn't say)."""

    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The provider had taken it and gave up on it; `code` is the carrier's."""

    code: str
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The provider has it and waits for the carrier's report."""


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider knows no message by our id. Queries may lag behind a fresh send: trust it
    only some time after the try."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The question itself failed, so nothing is known: ask again, after `retry_after_s` if
    given. Never to be read as NotFound."""

    reason: str
    retry_after_s: float | None = None


Receipt: TypeAlias = Delivered | Failed | Pending | NotFound | Unanswered
