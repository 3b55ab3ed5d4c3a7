"""WeCom, DingTalk and Feishu robots: requests, signatures, and codes inside a 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.notifier.channels import dingtalk, feishu, wecom
from services.notifier.channels.channel import EVERYONE, Outgoing
from services.notifier.channels.outcome import Accepted, Rejected, Unknown
from services.notifier.channels.robots import too_long, without_mentions
from services.notifier.channels.wire import Answer, HttpRequest

NOW = datetime(2026, 1, 4, 9, 15, 30, 250_000, tzinfo=UTC)
WECOM = wecom.WeComRobot("http://127.0.0.1:9/wecom", "key 1")
DINGTALK = dingtalk.DingTalkRobot("http://127.0.0.1:9/dingtalk", "token 1", "SECabc")
FEISHU = feishu.FeishuBot("http://127.0.0.1:9/feishu/", "token/1", "abc")
TEXT = Outgoing(out_id="n-1", recipient="urgent", text="T1 超时", title="提醒", mentions=("zhang",))
CARD = Outgoing(
    out_id="n-1",
    recipient="urgent",
    text="**T1**",
    title="提醒",
    markdown=True,
    mentions=(EVERYONE,),
)


def payload(request: HttpRequest) -> dict[str, Any]:
    assert request.headers["Idempotency-Key"] == "n-1"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    decoded: dict[str, Any] = json.loads(request.body)
    return decoded


def query(request: HttpRequest) -> dict[str, list[str]]:
    return parse_qs(urlsplit(request.url).query, strict_parsing=True)


def test_wecom_text_and_markdown() -> None:
    request = wecom.send_request(TEXT, WECOM)
    assert urlsplit(request.url).path == "/wecom/cgi-bin/webhook/send"
    assert query(request) == {"key": ["key 1"]}
    assert payload(request) == {
        "msgtype": "text",
        "text": {"content": "提醒\nT1 超时", "mentioned_list": ["zhang"]},
    }
    assert payload(wecom.send_request(CARD, WECOM)) == {
        "msgtype": "markdown",
        "markdown": {"content": "### 提醒\n**T1**\n<@all>"},
    }


def test_dingtalk_text_and_markdown() -> None:
    request = dingtalk.send_request(TEXT, DINGTALK, now=NOW)
    assert urlsplit(request.url).path == "/dingtalk/robot/send"
    assert payload(request) == {
        "msgtype": "text",
        "text": {"content": "提醒\nT1 超时\n@zhang"},
        "at": {"atUserIds": ["zhang"], "isAtAll": False},
    }
    assert payload(dingtalk.send_request(CARD, DINGTALK, now=NOW)) == {
        "msgtype": "markdown",
        "markdown": {"title": "提醒", "text": "### 提醒\n**T1**"},
        "at": {"atUserIds": [], "isAtAll": True},
    }


def test_dingtalk_signs_milliseconds_and_secret_with_the_secret() -> None:
    fields = query(dingtalk.send_request(TEXT, DINGTALK, now=NOW))
    stamp = str(int(NOW.timestamp() * 1000))
    digest = hmac.new(b"SECabc", f"{stamp}\nSECabc".encode(), hashlib.sha256).digest()
    assert fields == {
        "access_token": ["token 1"],
        "timestamp": [stamp],
        "sign": [base64.b64encode(digest).decode()],
    }


def test_feishu_text_and_card() -> None:
    request = feishu.send_request(TEXT, FEISHU, now=NOW)
    assert urlsplit(request.url).path == "/feishu/open-apis/bot/v2/hook/token%2F1"
    body = payload(request)
    assert body["msg_type"] == "text"
    assert body["content"] == {"text": '提醒\nT1 超时\n<at user_id="zhang"></at>'}
    body = payload(feishu.send_request(CARD, FEISHU, now=NOW))
    assert body["msg_type"] == "interactive"
    assert body["card"] == {
        "header": {"title": {"tag": "plain_text", "content": "提醒"}},
        "elements": [{"tag": "markdown", "content": "**T1**\n<at id=all></at>"}],
    }


def test_feishu_signs_nothing_with_seconds_and_secret() -> None:
    body = payload(feishu.send_request(TEXT, FEISHU, now=NOW))
    stamp = str(int(NOW.timestamp()))
    digest = hmac.new(f"{stamp}\nabc".encode(), b"", hashlib.sha256).digest()
    assert body["timestamp"] == stamp
    assert body["sign"] == base64.b64encode(digest).decode()


JUDGES = [
    (wecom.judge_send, "errcode", "errmsg"),
    (dingtalk.judge_send, "errcode", "errmsg"),
    (feishu.judge_send, "code", "msg"),
]


@pytest.mark.parametrize(("judge", "code", "words"), JUDGES)
def test_zero_is_accepted_and_no_code_is_unknown(judge: Any, code: str, words: str) -> None:
    assert judge(Answer(200, {code: 0, words: "ok"})) == Accepted(None)
    assert judge(Answer(200, {code: "0"})) == Accepted(None)
    for fields in ({}, {code: None}, {code: True}, {code: "ok"}, {code: 0.0}):
        assert isinstance(judge(Answer(200, fields)), Unknown)


@pytest.mark.parametrize(("judge", "code", "words"), JUDGES)
def test_a_4xx_is_never_accepted(judge: Any, code: str, words: str) -> None:
    for fields in ({}, {code: 0}):
        assert judge(Answer(403, fields)).code == "http_403"
    busy = judge(Answer(429, {code: 424242, words: "slow"}, retry_after_s=9.0))
    assert busy == Rejected("424242", "slow", True, 9.0, True)


@pytest.mark.parametrize(("judge", "code", "words"), JUDGES)
def test_an_unlisted_code_blames_the_message(judge: Any, code: str, words: str) -> None:
    assert judge(Answer(200, {code: 424242, words: "odd"})) == Rejected("424242", "odd", False)


@pytest.mark.parametrize(
    ("verdict", "retryable", "retry_after_s"),
    [
        (wecom.judge_send(Answer(200, {"errcode": 45009})), True, 60.0),
        (wecom.judge_send(Answer(200, {"errcode": 93000})), False, None),
        (wecom.judge_send(Answer(200, {"errcode": -1})), True, None),
        (dingtalk.judge_send(Answer(200, {"errcode": 130101})), True, 600.0),
        (dingtalk.judge_send(Answer(200, {"errcode": 310000, "errmsg": "sign not match"})), False,
         None),
        (feishu.judge_send(Answer(200, {"code": 11232})), True, 60.0),
        (feishu.judge_send(Answer(200, {"code": 19021})), False, None),
    ],
)  # fmt: skip
def test_codes_that_concern_the_robot(
    verdict: Rejected, retryable: bool, retry_after_s: float | None
) -> None:
    assert verdict.of_provider
    assert (verdict.retryable, verdict.retry_after_s) == (retryable, retry_after_s)


def test_a_missing_keyword_blames_the_message() -> None:
    verdict = dingtalk.judge_send(
        Answer(200, {"errcode": 310000, "errmsg": "keywords not in content"})
    )
    assert verdict == Rejected("310000", "keywords not in content", False)


@pytest.mark.parametrize(
    "hostile",
    ['<at user_id="all"></at>', "<AT id=all>", "< at id=all></at>", "<@all>", "@all", "@所有人 x"],
)
def test_customers_words_ring_nobody(hostile: str) -> None:
    inert = without_mentions(hostile)
    assert inert.replace("\u2060", "") == hostile
    for call in ("<at", "<AT", "< at", "<@", "@all", "@所有人"):
        assert call not in inert


def test_other_words_stay_as_they_are() -> None:
    for words in ("a < b", "me@shop.test", "<attention>", "@alles"):
        assert without_mentions(words) == words


def test_length_is_counted_in_bytes() -> None:
    assert too_long("字" * 10, 30) is None
    refusal = too_long("字" * 10, 29)
    assert refusal is not None
    assert (refusal.code, refusal.retryable) == ("local.text_too_long", False)


def test_a_lone_surrogate_does_not_stop_the_line() -> None:
    odd = Outgoing(out_id="n-1", recipient="r", text="x\ud800y")
    for request in (
        wecom.send_request(odd, WECOM),
        dingtalk.send_request(odd, DINGTALK, now=NOW),
        feishu.send_request(odd, FEISHU, now=NOW),
    ):
        assert "x?y" in request.body.decode()


def test_keys_are_not_printed() -> None:
    shown = repr([WECOM, DINGTALK, FEISHU, wecom.send_request(TEXT, WECOM)])
    for secret in ("key 1", "key%201", "key+1", "token", "SECabc", "abc"):
        assert secret not in shown
