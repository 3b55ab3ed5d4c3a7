"""What a send means for the circuit breaker of its provider. Called by `guarded`."""

from __future__ import annotations

from datetime import datetime

from runtime.breaker import Breaker
from services.notifier.channels.outcome import Rejected, Sent, Unknown


def recorded(breaker: Breaker, sent: Sent, *, admitted_at: datetime, now: datetime) -> Breaker:
    """The breaker after a send admitted at `admitted_at`.

    A rejection that concerns only its message proves the provider alive. One that names a delay
    for the whole provider opens at once until then.
    """
    named_s = sent.retry_after_s if isinstance(sent, Rejected) else None
    failed = is_failure(sent)
    return breaker.record(failed=failed, admitted_at=admitted_at, now=now, named_s=named_s)


def is_failure(sent: Sent) -> bool:
    """Whether a result speaks against the provider: no verdict, or a refusal of its own."""
    return isinstance(sent, Unknown) or (isinstance(sent, Rejected) and sent.of_provider)
