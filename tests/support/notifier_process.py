"""One process of the notifier for tests, without its bus: desks, sender and HTTP interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from runtime.batch import Applier
from runtime.case import Desk
from runtime.gate import Gate
from runtime.pump import Pump
from runtime.server import HttpServer
from runtime.service import Service
from runtime.ticker import Ticker
from services.notifier.accounts import Accounts
from services.notifier.app import TICKET_TOPICS, care_desk, interface, notices_desk, sender_of
from services.notifier.bell import Bell
from services.notifier.composing import Composer
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.policy import CarePolicy, NotifierPolicy
from services.notifier.questions import Questions
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.watch import Watch
from tests.support.notifier_story import content_of, notifier_policy

QUICK = {
    "tries_max": 4,
    "first_wait_s": 1,
    "longest_wait_s": 2,
    "lease_s": 30,
    "ask_after_s": 1,
    "trust_not_found_after_s": 1,
}
"""Delivery policy with short waits; a lease still outlives two calls."""
CALL_TIMEOUT_S, HASTY_S = 10.0, 2.0
"""No answer takes so long, also on a slow machine; where one never comes, less will do."""


def quick_policy(
    *, channels: Any = None, groups: Any = None, escalation: Any = None, **delivery: Any
) -> NotifierPolicy:
    """The policy that ships with short waits, and other channels and groups if given. Single
    persons are told as `escalation` says, without it nobody."""
    given = {"channels": channels, "groups": groups, "escalation": escalation or {}}
    changes = {name: content for name, content in given.items() if content is not None}
    waits = content_of("notifier", "delivery") | QUICK | delivery
    return notifier_policy(delivery=waits, **changes)


@dataclass(frozen=True)
class Record:
    """A record as the consumer hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]] = ()


@dataclass
class Instance:
    """One process of the service, without its bus."""

    service: Service
    pumps: dict[str, Pump]
    tickers: list[Ticker]
    sender: Sender
    gate: Gate
    server: HttpServer
    sending: bool = False

    @classmethod
    async def open(
        cls, settings: NotifierSettings, rules: NotifierPolicy, care_rules: CarePolicy, port: int
    ) -> Instance:
        """A process that does not send yet."""
        service = await Service.open("notifier", settings, automatic=True)
        bell = Bell([*rules.lanes, Questions.name, Watch.name])
        pumps: dict[str, Pump] = {}
        tickers: list[Ticker] = []
        appliers: list[Applier] = []
        desks: dict[tuple[str, ...], Desk[Any]] = {
            TICKET_TOPICS: notices_desk(rules, bell),
            ("orders",): care_desk(CarePolicies(care_rules, rules), bell),
        }
        for topics, desk in desks.items():
            applier = service.applier(desk)
            appliers.append(applier)
            pump = service.pump(applier)
            await pump.on_partitions_assigned([TopicPartition(t, 0) for t in topics])
            pumps |= dict.fromkeys(topics, pump)
            tickers.append(service.ticker(applier))
        accounts = Accounts.load(settings.notifier_accounts_file)
        sender = sender_of(service, settings, accounts, rules, Composer(rules), bell)
        gate = Gate(appliers[0], service.health)
        app = interface(service, settings, accounts, sender, gate)
        return cls(service, pumps, tickers, sender, gate, HttpServer(app, "127.0.0.1", port))

    async def start(self) -> None:
        """Send, answer, fire timers."""
        await self.sender.start()
        self.gate.start()
        await self.server.start()
        for ticker in self.tickers:
            ticker.start()
        self.sending = True

    async def close(self) -> None:
        """Stop in the order of a service."""
        if self.sending:
            await self.server.stop()
            await self.gate.stop()
            for ticker in self.tickers:
                await ticker.stop()
            await self.sender.stop()
        await self.service.database.close()
