"""The stand-ins' accounts in the form that the notifier reads: one entry for each channel of the
default policy. Called by whoever starts a stack, and by tests.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from pathlib import Path

from devstack.standins.accounts import Accounts

SIGN_NAME = "好店"
REPORTS_PATH = "/v1/reports/aliyun"


def channel_accounts(accounts: Accounts, base_url: str) -> dict[str, object]:
    """The notifier's accounts; `base_url` is where the stand-ins answer."""
    token, secret = next(iter(accounts.dingtalk_robots.items()))
    bot, bot_secret = next(iter(accounts.feishu_bots.items()))
    return {
        "report_secret": report_secret(accounts),
        "channels": {
            "sms": {
                "provider": "aliyun_sms",
                "base_url": base_url,
                "key_id": accounts.aliyun_key_id,
                "key_secret": accounts.aliyun_key_secret,
                "sign_name": accounts.sign_names[0] if accounts.sign_names else SIGN_NAME,
            },
            "urgent_robot": {
                "provider": "dingtalk",
                "base_url": f"{base_url}/dingtalk",
                "access_token": token,
                "secret": secret,
            },
            "regular_robot": {
                "provider": "feishu",
                "base_url": f"{base_url}/feishu",
                "token": bot,
                "secret": bot_secret,
            },
            "legal_robot": {
                "provider": "wecom",
                "base_url": f"{base_url}/wecom",
                "key": accounts.wecom_keys[0],
            },
        },
    }


def report_secret(accounts: Accounts) -> str:
    """Last part of the path that delivery reports are pushed to."""
    return hmac.digest(accounts.recipient_salt.encode(), b"reports", hashlib.sha256).hex()[:32]


def callback_url(accounts: Accounts, notifier_url: str) -> str:
    """Where the SMS stand-in pushes delivery reports to; its flag --callback-url."""
    return f"{notifier_url}{REPORTS_PATH}/{report_secret(accounts)}"


def write_channel_accounts(accounts: Accounts, base_url: str, path: Path) -> None:
    """Write the notifier's file for this user's eyes only, replacing it in one step."""
    draft = path.with_name(f"{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(channel_accounts(accounts, base_url), file, ensure_ascii=False, indent=2)
    draft.replace(path)
