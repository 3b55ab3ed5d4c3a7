"""Variables of the notifier besides the runtime's. Read by `__main__.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from runtime.settings import RuntimeSettings
from runtime.shop_secrets import SecretsError, ShopSecrets
from services.notifier.accounts import Accounts, AccountsError


def _usable(path: Path) -> Path:
    try:
        Accounts.load(path)
    except AccountsError as error:
        raise ValueError(str(error)) from None
    return path


def _readable(path: Path | None) -> Path | None:
    try:
        if path is not None:
            ShopSecrets.load(path)
    except SecretsError as error:
        raise ValueError(str(error)) from None
    return path


class NotifierSettings(RuntimeSettings):
    """Who we are at the providers, how many calls run at once, where reports come in."""

    api_port: int = Field(default=8080, ge=0, le=65535, description="Loopback port; 0: any free.")
    notifier_accounts_file: Annotated[Path, AfterValidator(_usable)] = Field(
        description="JSON file with the accounts at the providers."
    )
    shop_secrets_file: Annotated[Path | None, AfterValidator(_readable)] = Field(
        default=None,
        description="JSON file with the secrets that shops sign with; none: nobody acknowledges.",
    )
    notifier_sends_at_once: int = Field(
        default=32, ge=1, le=500, description="Calls to an SMS provider that run at once."
    )
    notifier_call_timeout_s: float = Field(
        default=8.0, gt=0, le=60, description="A provider's answer is waited for so long, seconds."
    )
