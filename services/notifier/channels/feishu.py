"""Feishu custom bot: token in the path, signed time in the body, code inside a 200.
Used as a Channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import quote

from services.notifier.channels.channel import EVERYONE, Outgoing
from services.notifier.channels.codes import ACCOUNT, BUSY, FINAL, Meaning
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

# The whole request may have 20 KB; the rest is left for the card around the text.
TEXT_LIMIT_BYTES = 18_000
_PER_MINUTE = Meaning(retryable=True, of_provider=True, retry_after_s=60.0)
MEANINGS = {
    9499: FINAL,  # bad request: the body is not as it should be
    11232: _PER_MINUTE,  # 100 a minute, 5 a second
    99991400: _PER_MINUTE,
    19001: ACCOUNT,  # no such token
    19007: ACCOUNT,  # bot stopped
    19021: ACCOUNT,  # signature, or a time more than an hour away
    19022: ACCOUNT,  # our address is not on the list
    19024: FINAL,  # a keyword of the bot is missing
    19005: BUSY,
    19006: BUSY,
}
"""What each code asks of us; every other one blames the message."""


@dataclass(frozen=True, slots=True)
class FeishuBot:
    """One bot of one group; `secret` is the one of its signature check."""

    base_url: str
    token: str = field(repr=False)
    secret: str = field(repr=False)


class Feishu:
    """The channel through one bot. `now` (aware) comes from outside."""

    provider = "feishu"

    def __init__(
        self, transport: Transport, bot: FeishuBot, *, now: Callable[[], datetime]
    ) -> None:
        self._transport = transport
        self._bot = bot
        self._now = now

    async def send(self, message: Outgoing) -> Sent:
        """See Channel."""
        refusal = too_long(content_of(message), TEXT_LIMIT_BYTES)
        if refusal is not None:
            return refusal
        answer = await self._transport.exchange(send_request(message, self._bot, now=self._now()))
        return judge_send(answer) if isinstance(answer, Answer) else answer

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """A bot can't be asked."""
        return None


def send_request(message: Outgoing, bot: FeishuBot, *, now: datetime) -> HttpRequest:
    """The message as text, or as a card with one markdown element."""
    timestamp_s = int(now.timestamp())
    payload: dict[str, object] = {
        "timestamp": str(timestamp_s),
        "sign": signature(timestamp_s, bot.secret),
    }
    if message.markdown:
        card: dict[str, object] = {
            "elements": [{"tag": "markdown", "content": content_of(message)}]
        }
        if message.title:
            card["header"] = {"title": {"tag": "plain_text", "content": message.title}}
        payload |= {"msg_type": "interactive", "card": card}
    else:
        payload |= {"msg_type": "text", "content": {"text": content_of(message)}}
    url = robot_url(bot.base_url, f"/open-apis/bot/v2/hook/{quote(bot.token, safe='')}")
    return json_request(url, payload, {ID_HEADER: message.out_id})


def signature(timestamp_s: int, secret: str) -> str:
    """Base64 of the HMAC of nothing at all, keyed with time and secret."""
    return hmac_base64(f"{timestamp_s}\n{secret}", "")


def content_of(message: Outgoing) -> str:
    """The words as they go out; a card carries its title by itself."""
    body = without_mentions(message.text)
    if message.markdown:
        return body + "".join(f"\n<at id={_who(who)}></at>" for who in message.mentions)
    heading = f"{without_mentions(message.title)}\n" if message.title else ""
    calls = "".join(f'\n<at user_id="{_who(who)}"></at>' for who in message.mentions)
    return f"{heading}{body}{calls}"


def judge_send(answer: Answer) -> Sent:
    """The verdict of an answer."""
    return judge(answer, MEANINGS, code_field="code", words_field="msg")


def _who(mention: str) -> str:
    return "all" if mention == EVERYONE else mention
