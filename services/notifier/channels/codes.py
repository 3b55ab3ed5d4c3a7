"""Turns a provider's error code and words into a Rejected. Called by the channels."""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.notifier.channels.outcome import Rejected

REASON_LENGTH = 200
CODE_LENGTH = 80
_LONG_NUMBER = re.compile(r"\d{7,}")
_ADDRESS = re.compile(r"https?://\S*|\b\d{1,3}(?:\.\d{1,3}){3}\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
# The server gave up reading, wants it later, or counts too many: all before taking the message.
_LATER = frozenset({408, 425, 429})
_THIS_MESSAGE = frozenset({400, 409, 410, 411, 413, 414, 415, 422, 431})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an error code asks of the sender; see Rejected."""

    retryable: bool = False
    of_provider: bool = False
    retry_after_s: float | None = None


FINAL = Meaning()
ACCOUNT = Meaning(of_provider=True)
BUSY = Meaning(retryable=True, of_provider=True)


def rejected(
    code: str, words: str, meaning: Meaning, retry_after_s: float | None = None
) -> Rejected:
    """A rejection; a delay that the provider named itself (`retry_after_s`) wins over ours."""
    return Rejected(
        code=printable(code)[:CODE_LENGTH] or "unknown",
        reason=printable(words) or "no reason given",
        retryable=meaning.retryable,
        retry_after_s=retry_after_s if retry_after_s is not None else meaning.retry_after_s,
        of_provider=meaning.of_provider,
    )


def refused(status: int, retry_after_s: float | None = None) -> Rejected:
    """What a 4xx says by its status alone: also a refusal, as it comes before any processing."""
    meaning = FINAL if status in _THIS_MESSAGE else ACCOUNT
    if status in _LATER:
        meaning = BUSY
    return rejected(f"http_{status}", "refused without a readable code", meaning, retry_after_s)


def printable(words: str) -> str:
    """A provider's words made fit for logs and events: they quote phone numbers and addresses."""
    clean = _CONTROL.sub(" ", words[: 4 * REASON_LENGTH])
    clean = _ADDRESS.sub("…", clean)
    return _LONG_NUMBER.sub("…", clean).strip()[:REASON_LENGTH]
