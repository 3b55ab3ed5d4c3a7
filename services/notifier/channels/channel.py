"""The one face of all providers, and the message that goes through it. Called by the sender."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from services.notifier.channels.outcome import Receipt, Sent

EVERYONE = "@all"
PROVIDER_ZONE = timezone(timedelta(hours=8))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient. `out_id` is our id of it, the same on every try.

    `recipient` is a phone number for SMS and a name for robots (a robot's group is fixed by its
    key, the name stays here). `text` is the rendered wording: robots send it; for SMS the
    provider renders `template_code` with `template_params` itself. `title` and `markdown`
    concern robots; `mentions` are the provider's user ids, or EVERYONE.
    """

    out_id: str
    recipient: str = field(repr=False)
    text: str = field(default="", repr=False)
    title: str = ""
    markdown: bool = False
    mentions: tuple[str, ...] = ()
    template_code: str = ""
    template_params: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}), repr=False
    )


class Channel(Protocol):
    """A provider, or one robot of a provider."""

    @property
    def provider(self) -> str:
        """Name as events carry it: aliyun_sms, wecom, dingtalk, feishu."""

    async def send(self, message: Outgoing) -> Sent:
        """Try once. A second call is a second message unless the first was Rejected. Never
        raises for anything the provider or the network does; cancelling it leaves Unknown."""

    async def ask(self, out_id: str, recipient: str, sent_on: date) -> Receipt | None:
        """What became of it. `sent_on` is day_of() the try. None: this provider can't be
        asked."""


@runtime_checkable
class BulkChannel(Channel, Protocol):
    """A provider that takes several messages in one call."""

    @property
    def most(self) -> int:
        """How many at most."""

    async def send_all(self, messages: Sequence[Outgoing]) -> Sent:
        """Try all of them once, in one call with one verdict for all; otherwise as `send`. They
        share their template and their out_ids are UUIDs; no two go to the same recipient."""


def day_of(tried_at: datetime) -> date:
    """The day under which a provider files a try: at UTC+8, of real (not business) time."""
    return tried_at.astimezone(PROVIDER_ZONE).date()
