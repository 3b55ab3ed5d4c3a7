"""Variables of triage besides the runtime's. Read by `__main__.py`."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from runtime.settings import RuntimeSettings
from schemas.values import Ref


def _reachable(url: str) -> str:
    """An address that masked texts may go to: encrypted, unless it is on this machine."""
    if not url:
        return url
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValueError("is no address") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must begin with https:// and name a host")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("must hold no user, password or fragment: the key has its own variable")
    if parts.scheme == "http" and not _is_here(host):
        raise ValueError("must begin with https:// unless it is on this machine")
    return url


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class TriageSettings(RuntimeSettings):
    """Whom to ask for a second opinion, and what reads along on trial; nobody and nothing, unless
    named."""

    triage_second_opinion_url: Annotated[str, AfterValidator(_reachable)] = Field(
        default="",
        description="Whole address of a chat-completions endpoint; empty: nobody is asked.",
    )
    triage_second_opinion_key: SecretStr = Field(
        default=SecretStr(""), description="Its bearer key; empty: none is sent."
    )
    triage_second_opinion_model: str = Field(
        default="", max_length=200, description="The model that is asked; required with a URL."
    )
    triage_second_opinion_label: Ref = Field(
        default="endpoint", description="What reasons call it: letters, digits, . _ : / -"
    )
    triage_second_opinion_at_once: int = Field(
        default=2, ge=1, le=16, description="Questions that are asked at once."
    )
    triage_shadow_dir: str = Field(
        default="", description="Policy folder that reads along on trial; empty: none does."
    )
    triage_shadow_model: str = Field(
        default="", description="Model file on trial; empty: the shipped one."
    )
    triage_shadow_every: int = Field(
        default=10, ge=1, description="Of so many tickets the one on trial reads one."
    )

    @model_validator(mode="after")
    def _names_a_model(self) -> TriageSettings:
        if self.triage_second_opinion_url and not self.triage_second_opinion_model:
            raise ValueError("AFTERCARE_TRIAGE_SECOND_OPINION_MODEL is needed with a URL")
        return self
