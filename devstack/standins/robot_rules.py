"""What the three robots accept and how they say no, in their own codes and words. Pure; called
by the robot stand-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from devstack.standins.counter import Payload, Verdict

Provider = Literal["wecom", "dingtalk", "feishu"]
WORDS: Mapping[str, str] = {
    "-1": "system busy",
    "40008": "invalid message type",
    "44004": "empty content",
    "45002": "content size out of limit",
    "45009": "api freq out of limit",
    "93000": "invalid webhook url",
    "130101": "send too fast, exceed 20 times per minute",
    "300005": "token is not exist",
    "310000": "sign not match",
    "400105": "unsupported msgtype",
    "40035": "missing parameter json",
    "9499": "Bad Request",
    "11232": "frequency limited",
    "19001": "param invalid: incoming webhook access token invalid",
    "19002": "params error, msg_type need",
    "19021": "sign match fail or timestamp is not within one hour from current time",
}
USUAL_ERROR: Mapping[Provider, str] = {"wecom": "-1", "dingtalk": "-1", "feishu": "11232"}
_TOO_MANY: Mapping[Provider, str] = {"wecom": "45009", "dingtalk": "130101", "feishu": "11232"}
_WECOM_BYTES = {"text": 2048, "markdown": 4096}


class RefusalError(Exception):
    """The message is refused with `code`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """The words that a group would see."""

    text: str = field(repr=False)


def reply(provider: Provider, code: str) -> Verdict:
    """The answer with a code; '0' accepts, '' is the provider's usual trouble."""
    code = code or USUAL_ERROR[provider]
    number = int(code) if code.lstrip("-").isdecimal() else -1
    words = WORDS.get(code, "error")
    payload: Payload
    if provider == "feishu":
        payload = {"code": number, "msg": words, "data": {}}
        if code == "0":
            done = {"StatusCode": 0, "StatusMessage": "success", "Extra": None}
            payload = {"code": 0, "msg": "success", "data": {}, **done}
    else:
        payload = {"errcode": number, "errmsg": "ok" if code == "0" else words}
    return Verdict(code == "0", "OK" if code == "0" else code, payload)


def too_many(provider: Provider) -> Verdict:
    """The answer to one message too many."""
    return reply(provider, _TOO_MANY[provider])


def read_wecom(body: Mapping[str, object]) -> Message:
    """The message of a WeCom request. Raises RefusalError."""
    kind = body.get("msgtype")
    if kind not in ("text", "markdown"):
        raise RefusalError("40008")
    content = _text(body, str(kind), "content")
    if not content:
        raise RefusalError("44004")
    if len(content.encode("utf-8", errors="replace")) > _WECOM_BYTES[str(kind)]:
        raise RefusalError("45002")
    return Message(content)


def read_dingtalk(body: Mapping[str, object]) -> Message:
    """The message of a DingTalk request. Raises RefusalError."""
    kind = body.get("msgtype")
    if not body:
        raise RefusalError("40035")
    if kind not in ("text", "markdown"):
        raise RefusalError("400105")
    content = _text(body, str(kind), "content" if kind == "text" else "text")
    if not content or (kind == "markdown" and not _text(body, "markdown", "title")):
        raise RefusalError("40035")
    return Message(content)


def read_feishu(body: Mapping[str, object]) -> Message:
    """The message of a Feishu request. Raises RefusalError."""
    kind = body.get("msg_type")
    if not kind:
        raise RefusalError("19002")
    content = _text(body, "content", "text") if kind == "text" else ""
    if kind == "interactive":
        content = _card_text(body.get("card"))
    if not content:
        raise RefusalError("9499")
    return Message(content)


def _card_text(card: object) -> str:
    elements = card.get("elements") if isinstance(card, Mapping) else None
    if not isinstance(elements, list):
        return ""
    lines = [_text({"": each}, "", "content") for each in elements]
    return "\n".join(line for line in lines if line)


def _text(body: Mapping[str, object], outer: str, inner: str) -> str:
    block = body.get(outer)
    value = block.get(inner) if isinstance(block, Mapping) else None
    return value if isinstance(value, str) else ""
