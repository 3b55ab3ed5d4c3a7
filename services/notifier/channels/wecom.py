"""WeCom group robot: a key in the address, errcode inside a 200. Used as a Channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.codes import ACCOUNT, BUSY, Meaning
from services.notifier.channels.outcome import Receipt, Sent
from services.notifier.channels.robots import (
    ID_HEADER,
    judge,
    robot_url,
    too_long,
    without_mentions,
)
from services.notifier.channels.transport import Transport
from services.notifier.channels.wire import Answer, HttpRequest, json_request

TEXT_LIMIT_BYTES = 2048
MARKDOWN_LIMIT_BYTES = 4096
MEANINGS = {
    -1: BUSY,  # system busy
    45009: Meaning(retryable=True, of_provider=True, retry_after_s=60.0),  # 20 a minute
    45033: BUSY,  # too many at once
    40001: ACCOUNT,
    40014: ACCOUNT,
    93000: ACCOUNT,  # no such key, or the robot was removed
    93004: ACCOUNT,  # robot stopped
    93008: ACCOUNT,  # not in the group
}


@dataclass(frozen=True, slots=True)
class WeComRobot:
    """One robot of one group."""

    base_url: str
    key: str = field(repr=False)


class WeCom:
    """The channel through one robot."""

    provider = "wecom"

    def __init__(self, transport: Transport, robot: WeComRobot) -> None:
        self._transport = transport
        self._robot = robot

    async def send(self, message: Outgoing) -> Sent:
        """See Channel."""
        limit_bytes = MARKDOWN_LIMIT_BYTES if message.markdown else TEXT_LIMIT_BYTES
        refusal = too_long(content_of(message), limit_bytes)
        if refusal is not None:
            return refusal
        answer = await self._transport.exchange(send_request(message, self._robot))
        return judge_send(answer) if isinstance(answer, Answer) else answer

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """A robot can't be asked."""
        return None


def send_request(message: Outgoing, robot: WeComRobot) -> HttpRequest:
    """The message as text (mentions in a list of their own) or markdown (mentions inside)."""
    payload: dict[str, object]
    if message.markdown:
        payload = {"msgtype": "markdown", "markdown": {"content": content_of(message)}}
    else:
        text: dict[str, object] = {"content": content_of(message)}
        if message.mentions:
            text["mentioned_list"] = list(message.mentions)
        payload = {"msgtype": "text", "text": text}
    url = robot_url(robot.base_url, "/cgi-bin/webhook/send", {"key": robot.key})
    return json_request(url, payload, {ID_HEADER: message.out_id})


def content_of(message: Outgoing) -> str:
    """The words as they go out."""
    body = without_mentions(message.text)
    if not message.markdown:
        return f"{without_mentions(message.title)}\n{body}" if message.title else body
    heading = f"### {without_mentions(message.title)}\n" if message.title else ""
    calls = "".join(f"\n<@{who.removeprefix('@')}>" for who in message.mentions)
    return f"{heading}{body}{calls}"


def judge_send(answer: Answer) -> Sent:
    """The verdict of an answer."""
    return judge(answer, MEANINGS, code_field="errcode", words_field="errmsg")
