"""DingTalk custom robot: access token and a signed time in the address, errcode inside a 200.
Used as a Channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from services.notifier.channels.channel import EVERYONE, Outgoing
from services.notifier.channels.codes import ACCOUNT, BUSY, FINAL, Meaning, rejected
from services.notifier.channels.outcome import Receipt, Sent
from services.notifier.channels.robots import (
    ID_HEADER,
    hmac_base64,
    judge,
    robot_url,
    too_long,
    without_mentions,
)
from services.notifier.channels.transport import Transport
from services.notifier.channels.wire import Answer, HttpRequest, json_request

TEXT_LIMIT_BYTES = 20_000
REFUSED_BY_RULE = 310000
# More than 20 in a minute: the robot is blocked for ten minutes.
_BLOCKED = Meaning(retryable=True, of_provider=True, retry_after_s=600.0)
MEANINGS = {
    -1: BUSY,
    130101: _BLOCKED,
    410100: _BLOCKED,
    300001: ACCOUNT,
    300005: ACCOUNT,
    REFUSED_BY_RULE: ACCOUNT,  # signature, time or address; keywords are told apart below
    400013: ACCOUNT,  # group dissolved
    400101: ACCOUNT,
    400102: ACCOUNT,  # robot stopped
    400106: ACCOUNT,
    90018: BUSY,
    90030: BUSY,
}
"""What each errcode asks of us; every other one blames the message."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DingTalkRobot:
    """One robot of one group; `secret` is the one of its signing rule."""

    base_url: str
    access_token: str = field(repr=False)
    secret: str = field(repr=False)


class DingTalk:
    """The channel through one robot. `now` (aware) comes from outside."""

    provider = "dingtalk"

    def __init__(
        self, transport: Transport, robot: DingTalkRobot, *, now: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._robot = robot
        self._now = now

    async def send(self, message: Outgoing) -> Sent:
        """See Channel."""
        refusal = too_long(content_of(message), TEXT_LIMIT_BYTES)
        if refusal is not None:
            return refusal
        answer = await self._transport.exchange(send_request(message, self._robot, now=self._now()))
        return judge_send(answer) if isinstance(answer, Answer) else answer

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """A robot can't be asked."""
        return None


def send_request(message: Outgoing, robot: DingTalkRobot, *, now: datetime) -> HttpRequest:
    """The message as text or markdown; the provider takes it within an hour of `now`."""
    content = content_of(message)
    payload: dict[str, object]
    if message.markdown:
        title = without_mentions(message.title) or content[:20]
        payload = {"msgtype": "markdown", "markdown": {"title": title, "text": content}}
    else:
        payload = {"msgtype": "text", "text": {"content": content}}
    if message.mentions:
        payload["at"] = {
            "atUserIds": [who for who in message.mentions if who != EVERYONE],
            "isAtAll": EVERYONE in message.mentions,
        }
    timestamp_ms = (now - _EPOCH) // timedelta(milliseconds=1)
    query = {
        "access_token": robot.access_token,
        "timestamp": str(timestamp_ms),
        "sign": signature(timestamp_ms, robot.secret),
    }
    url = robot_url(robot.base_url, "/robot/send", query)
    return json_request(url, payload, {ID_HEADER: message.out_id})


def signature(timestamp_ms: int, secret: str) -> str:
    """Base64 of the HMAC of time and secret, keyed with the secret (not yet url-encoded)."""
    return hmac_base64(secret, f"{timestamp_ms}\n{secret}")


def content_of(message: Outgoing) -> str:
    """The words as they go out. A mention only rings if its id also stands in the text."""
    body = without_mentions(message.text)
    calls = "".join(f"\n@{who}" for who in message.mentions if who != EVERYONE)
    if not message.title:
        return f"{body}{calls}"
    mark = "### " if message.markdown else ""
    return f"{mark}{without_mentions(message.title)}\n{body}{calls}"


def judge_send(answer: Answer) -> Sent:
    """The verdict of an answer. One code covers all safety rules of a robot; only a missing
    keyword is the message's own fault."""
    if answer.whole("errcode") == REFUSED_BY_RULE and "keyword" in answer.text("errmsg"):
        return rejected(str(REFUSED_BY_RULE), answer.text("errmsg"), FINAL)
    return judge(answer, MEANINGS, code_field="errcode", words_field="errmsg")
