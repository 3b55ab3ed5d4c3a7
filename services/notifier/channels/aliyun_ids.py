"""How our ids of messages fit into the one OutId of a request, and are read from it again. Used by
aliyun_sms for questions and by whoever takes delivery reports.

A request for one message has its whole id. A request for several has the references of all of
them, in the order of their phones: whatever became of it, OutId and phone name the message, on
every try.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from uuid import UUID

REFERENCE_BYTES = 6
REFERENCE_LENGTH = 8
OUT_ID_MAX = 255
MOST = OUT_ID_MAX // REFERENCE_LENGTH
"""Messages in one request; the provider itself would take 100."""


def reference(out_id: str) -> str:
    """What stands for a message among others: the first 48 bits of its UUID."""
    return urlsafe_b64encode(UUID(out_id).bytes[:REFERENCE_BYTES]).decode()


def joint_id(out_ids: Iterable[str]) -> str:
    """The OutId of a request for several messages. Raises ValueError for too many."""
    text = "".join(map(reference, out_ids))
    if len(text) > OUT_ID_MAX:
        raise ValueError("too many messages for one request")
    return text


def references(out_id: str) -> tuple[str, ...]:
    """The references in the OutId of a request for several; none if it is not such a one."""
    if not out_id or len(out_id) % REFERENCE_LENGTH or len(out_id) > OUT_ID_MAX:
        return ()
    starts = range(0, len(out_id), REFERENCE_LENGTH)
    return tuple(out_id[start : start + REFERENCE_LENGTH] for start in starts)


def stands_for(found: str, out_id: str) -> bool:
    """Whether the provider's OutId `found` stands for our message `out_id` (among others)."""
    if found == out_id:
        return True
    several = references(found)
    try:
        return bool(several) and reference(out_id) in several
    except ValueError:
        return False


def span_of(several: str) -> tuple[UUID, UUID] | None:
    """The first and the last id that a reference may stand for; None if it is no reference."""
    try:
        start = urlsafe_b64decode(several)
    except ValueError:
        return None
    rest = 16 - REFERENCE_BYTES
    if len(start) != REFERENCE_BYTES:
        return None
    return UUID(bytes=start + b"\x00" * rest), UUID(bytes=start + b"\xff" * rest)
