"""Accounts at providers: one JSON file, read at the start, that never shows in the environment.
Read by `settings` (to refuse a bad one) and by `app.py`, which builds the channels from it.

Form: `{"report_secret": "...", "channels": {"sms": {"provider": "aliyun_sms", ...}, ...}}` with an
entry for every channel of the policy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from runtime.clock import new_id, wall_now
from runtime.policy import PolicyError
from schemas.values import Ref
from services.notifier.channels.aliyun_signature import AccessKey
from services.notifier.channels.aliyun_sms import AliyunSms, SmsAccount
from services.notifier.channels.channel import Channel
from services.notifier.channels.dingtalk import DingTalk, DingTalkRobot
from services.notifier.channels.feishu import Feishu, FeishuBot
from services.notifier.channels.transport import Transport
from services.notifier.channels.wecom import WeCom, WeComRobot
from services.notifier.domain.policy import NotifierRules


class AccountsError(Exception):
    """The file of accounts can't be used; the text never holds a secret."""


class _Account(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: str = Field(pattern=r"^https?://[^\s?#@]+$", description="Endpoint.")


class _AliyunSms(_Account):
    provider: Literal["aliyun_sms"]
    key_id: str = Field(min_length=1, description="Access key id.")
    key_secret: SecretStr = Field(min_length=1, description="Access key secret.")
    sign_name: str = Field(min_length=1, description="Approved signature.")

    def open(self, transport: Transport) -> Channel:
        key = AccessKey(self.key_id, self.key_secret.get_secret_value())
        account = SmsAccount(self.base_url, key, self.sign_name)
        return AliyunSms(transport, account, now=wall_now, nonce=lambda: new_id().hex)


class _WeCom(_Account):
    provider: Literal["wecom"]
    key: SecretStr = Field(min_length=1, description="Key of the robot.")

    def open(self, transport: Transport) -> Channel:
        return WeCom(transport, WeComRobot(self.base_url, self.key.get_secret_value()))


class _DingTalk(_Account):
    provider: Literal["dingtalk"]
    access_token: SecretStr = Field(min_length=1, description="Token of the robot.")
    secret: SecretStr = Field(min_length=1, description="Secret of its signing rule.")

    def open(self, transport: Transport) -> Channel:
        token, secret = self.access_token.get_secret_value(), self.secret.get_secret_value()
        return DingTalk(transport, DingTalkRobot(self.base_url, token, secret), now=wall_now)


class _Feishu(_Account):
    provider: Literal["feishu"]
    token: SecretStr = Field(min_length=1, description="Token of the bot.")
    secret: SecretStr = Field(min_length=1, description="Secret of its signature check.")

    def open(self, transport: Transport) -> Channel:
        bot = FeishuBot(
            self.base_url, self.token.get_secret_value(), self.secret.get_secret_value()
        )
        return Feishu(transport, bot, now=wall_now)


Account = Annotated[_AliyunSms | _WeCom | _DingTalk | _Feishu, Field(discriminator="provider")]


class Accounts(BaseModel):
    """The whole file. `report_secret` is the last part of the path of delivery reports."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    report_secret: SecretStr = Field(min_length=16, description="Path of the delivery reports.")
    channels: dict[Ref, Account] = Field(description="By name of the policy's channel.")

    @classmethod
    def load(cls, path: Path) -> Accounts:
        """Read the file. Raises AccountsError naming the place, never a value."""
        try:
            return cls.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            places = [f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in found[:8]]
            raise AccountsError(f"{path.name}: {'; '.join(places)}") from None
        except (OSError, ValueError) as error:
            raise AccountsError(f"{path.name}: {type(error).__name__}") from None

    def check(self, policy: NotifierRules) -> None:
        """Raise PolicyError where accounts and policy differ."""
        for name, wanted in policy.channels.items():
            account = self.channels.get(name)
            if account is None:
                raise PolicyError(f"notifier.yaml: channel {name} has no account")
            if account.provider != wanted.provider:
                raise PolicyError(
                    f"notifier.yaml: channel {name} is {wanted.provider}, its account "
                    f"{account.provider}"
                )

    def open(self, transport: Transport, policy: NotifierRules) -> Mapping[str, Channel]:
        """A channel for each of a policy that was checked."""
        return {name: self.channels[name].open(transport) for name in policy.channels}
