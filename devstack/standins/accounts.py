"""Who may use the stand-ins: key pairs, robots, approved signatures and templates. Written by
whoever starts a stack, read by the stand-ins; the services get the same values as settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from runtime.clock import random_bytes

TemplateKind = Literal["notice", "code"]


class SmsTemplate(BaseModel):
    """An approved template. `text` holds ${name} variables; empty: any params, no rendering."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: TemplateKind = "notice"
    text: str = ""


class Accounts(BaseModel):
    """Everything the stand-ins check requests against. No `sign_names` or no `templates`: any
    name passes, and every template counts as a notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    aliyun_key_id: str = Field(min_length=1)
    aliyun_key_secret: str = Field(min_length=1, repr=False)
    sign_names: tuple[str, ...] = ()
    templates: dict[str, SmsTemplate] = Field(default_factory=dict)
    wecom_keys: tuple[str, ...] = Field(default=(), repr=False)
    dingtalk_robots: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Access token to secret."
    )
    feishu_bots: dict[str, str] = Field(
        default_factory=dict, repr=False, description="Token to secret."
    )
    recipient_salt: str = Field(
        min_length=16, repr=False, description="Key of the recipient hashes in the record."
    )

    @classmethod
    def fresh(cls, *, robots: int = 1) -> Accounts:
        """Random accounts with so many robots of each kind."""
        return cls(
            aliyun_key_id=f"LTAI{_random_hex(8)}",
            aliyun_key_secret=_random_hex(15),
            wecom_keys=tuple(_random_hex(16) for _ in range(robots)),
            dingtalk_robots={_random_hex(32): f"SEC{_random_hex(32)}" for _ in range(robots)},
            feishu_bots={_random_hex(16): _random_hex(11) for _ in range(robots)},
            recipient_salt=_random_hex(16),
        )


def load(path: Path) -> Accounts:
    """The accounts in a JSON file. Raises OSError or ValidationError."""
    return Accounts.model_validate_json(path.read_bytes())


def load_or_create(path: Path) -> Accounts:
    """The accounts in the file; the first call makes it, with one robot of each kind."""
    if not path.exists():
        save(Accounts.fresh(), path)
    return load(path)


def save(accounts: Accounts, path: Path) -> None:
    """Write them for this user's eyes only, replacing the file in one step."""
    draft = path.with_name(f"{path.name}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(accounts.model_dump_json(indent=2))
    draft.replace(path)


def _random_hex(count: int) -> str:
    return random_bytes(count).hex()
