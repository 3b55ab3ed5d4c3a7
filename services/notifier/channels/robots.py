"""What the three group robots share: limits, harmless text and the reading of a code inside a
200. Called by wecom, dingtalk and feishu."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlencode

from services.notifier.channels.codes import BUSY, FINAL, Meaning, refused, rejected
from services.notifier.channels.outcome import Accepted, Rejected, Sent, Unknown
from services.notifier.channels.wire import Answer

# Robots take no id of ours. The header is ignored by them and ties each try to the message in
# traces and stand-ins.
ID_HEADER = "Idempotency-Key"
WORD_JOINER = "\u2060"
_MENTION = re.compile(r"<(?=\s*/?\s*at\b|@)|@(?=all\b|所有人)", re.IGNORECASE)


def without_mentions(text: str) -> str:
    """The text with every call-out made inert: customers' words must not ring the whole group.
    Those of the message itself are added afterwards."""
    return _MENTION.sub(lambda found: found.group() + WORD_JOINER, text)


def too_long(text: str, limit_bytes: int) -> Rejected | None:
    """A rejection if the text does not fit; providers would cut it or refuse it."""
    size = len(text.encode("utf-8", errors="replace"))
    if size <= limit_bytes:
        return None
    return rejected("local.text_too_long", f"{size} bytes, {limit_bytes} fit", FINAL)


def judge(
    answer: Answer, meanings: Mapping[int, Meaning], *, code_field: str, words_field: str
) -> Sent:
    """The verdict of a robot's answer: 0 is accepted, another code is looked up in `meanings`.

    Unlisted codes are final for this message. A 4xx without a code is judged by its status; a
    200 without one is Unknown.
    """
    code = answer.whole(code_field)
    if answer.status < 300 and code is None:
        return Unknown(reason=f"an answer without {code_field}")
    if answer.status < 300 and code == 0:
        return Accepted()
    if code is None or code == 0:
        return refused(answer.status, answer.retry_after_s)
    meaning = meanings.get(code, BUSY if answer.status == 429 else FINAL)
    return rejected(str(code), answer.text(words_field), meaning, answer.retry_after_s)


def hmac_base64(key: str, message: str) -> str:
    """HMAC-SHA256 in base64, as DingTalk and Feishu sign."""
    digest = hmac.new(key.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def robot_url(base_url: str, path: str, query: Mapping[str, str] | None = None) -> str:
    """Address of a robot with its key in the query, percent-encoded."""
    tail = f"?{urlencode(query)}" if query else ""
    return f"{base_url.rstrip('/')}{path}{tail}"
