"""Stand-ins for the group robots of WeCom, DingTalk and Feishu: paths, signatures and codes of
the real ones. Mounted by app.py under /wecom, /dingtalk and /feishu."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Literal

from aiohttp import web

from devstack.standins.accounts import Accounts
from devstack.standins.counter import Counter, Verdict, answer, refused_by
from devstack.standins.faults import INSTEAD
from devstack.standins.limits import RobotLimits, RobotQuota
from devstack.standins.records import SendRecord, masked, recipient_hash, without_phones
from devstack.standins.robot_rules import (
    Message,
    Provider,
    RefusalError,
    read_dingtalk,
    read_feishu,
    read_wecom,
    reply,
    too_many,
)

SIGNED_WITHIN_S = 3600.0
# Real robots take no id of the sender; ours sends it in this header, which they ignore.
ID_HEADER = "Idempotency-Key"


class RobotStandIn:
    """All robots of one provider."""

    def __init__(
        self, provider: Provider, counter: Counter, accounts: Accounts, quota: RobotQuota
    ) -> None:
        self._provider = provider
        self._counter = counter
        self._accounts = accounts
        self._limits = RobotLimits(quota)
        self._accepted = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One message to a robot."""
        now = self._counter.now()
        robot = self._robot_of(request)
        body = _object(await request.read())
        message, fault = Message(""), None
        try:
            message = self._checked(request, robot, body, now.timestamp())
            fault = self._counter.faults.next(self._provider)
            if fault is not None and fault.kind in INSTEAD:
                verdict = refused_by(fault, lambda code: reply(self._provider, code))
            elif self._limits.take(robot, now.timestamp()):
                verdict = reply(self._provider, "0")
            else:
                verdict = too_many(self._provider)
        except RefusalError as error:
            verdict = reply(self._provider, error.code)
        if verdict.accepted:
            self._accepted += 1
        self._counter.record.append(
            SendRecord(
                provider=self._provider,
                at=now,
                accepted=verdict.accepted,
                code=verdict.code,
                out_id=request.headers.get(ID_HEADER, ""),
                recipient_hash=recipient_hash(robot, self._accounts.recipient_salt),
                recipient_masked=masked(robot),
                text=without_phones(message.text),
                provider_message_id=self._own_id(verdict),
                fault=fault.kind if fault is not None else "",
            )
        )
        return await answer(request, verdict, fault if verdict.accepted else None)

    def _own_id(self, verdict: Verdict) -> str:
        """Robots name no id to the sender; the record has one all the same."""
        return f"{self._provider}-{self._accepted}" if verdict.accepted else ""

    def _robot_of(self, request: web.Request) -> str:
        if self._provider == "feishu":
            return request.match_info["token"]
        return request.query.get("key" if self._provider == "wecom" else "access_token", "")

    def _checked(
        self, request: web.Request, robot: str, body: Mapping[str, object], now_s: float
    ) -> Message:
        if self._provider == "wecom":
            if robot not in self._accounts.wecom_keys:
                raise RefusalError("93000")
            return read_wecom(body)
        if self._provider == "dingtalk":
            secret = self._accounts.dingtalk_robots.get(robot)
            if secret is None:
                raise RefusalError("300005")
            stamp, sign = request.query.get("timestamp", ""), request.query.get("sign", "")
            if not _is_signed(stamp, sign, secret, secret, now_s, per_second=1000):
                raise RefusalError("310000")
            return read_dingtalk(body)
        secret = self._accounts.feishu_bots.get(robot)
        if secret is None:
            raise RefusalError("19001")
        stamp, sign = str(body.get("timestamp", "")), str(body.get("sign", ""))
        if not _is_signed(stamp, sign, f"{stamp}\n{secret}", None, now_s, per_second=1):
            raise RefusalError("19021")
        return read_feishu(body)


def _is_signed(
    stamp: str, sign: str, key: str, secret: str | None, now_s: float, per_second: Literal[1, 1000]
) -> bool:
    """Whether the time is near and signed: DingTalk signs time and secret with the secret,
    Feishu signs nothing with time and secret."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 16):
        return False
    message = b"" if secret is None else f"{stamp}\n{secret}".encode()
    expected = base64.b64encode(hmac.digest(key.encode(), message, hashlib.sha256))
    near = abs(int(stamp) / per_second - now_s) <= SIGNED_WITHIN_S
    return near and hmac.compare_digest(expected, sign.encode("utf-8", errors="replace"))


def _object(body: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
