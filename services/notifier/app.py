"""Puts the notifier together: its desks, what feeds them, the sender and the HTTP interface."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import FastAPI

from runtime.case import Desk
from runtime.edge import Edge
from runtime.gate import Gate
from runtime.policy import PolicyError, PolicyShelf
from runtime.service import Service
from runtime.shop_secrets import ShopSecrets
from runtime.telemetry import Telemetry
from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope
from schemas.orders import (
    OrderPlaced,
    OrderShipped,
    ParcelDelivered,
    ReceiptConfirmed,
    RefundCompleted,
)
from schemas.resolution import Resolved
from schemas.rules import TimerFired
from schemas.sla import ClockCancelled, ClockMet, ClockMoved, SLABreached, SLAWarning
from schemas.tickets import AgentReplied, CallMade, TicketMerged, TicketOpened, TicketReopened
from schemas.triage import Retriaged, Triaged
from services.notifier import delivery_store, http, order_store, policy, store
from services.notifier.accounts import Accounts
from services.notifier.bell import Bell
from services.notifier.booking import Booking
from services.notifier.composing import Composer
from services.notifier.domain import care, clusters, delivery, ladders, notices
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.domain.commands import (
    AcknowledgeEscalation,
    LeaseEnded,
    Overtaken,
    ReceiptGiven,
    SendSettled,
)
from services.notifier.domain.delivery import Delivery
from services.notifier.domain.order import OrderCase, order_key
from services.notifier.domain.policy import NotifierRules
from services.notifier.domain.ticket import TicketCase
from services.notifier.kit import Kit
from services.notifier.questions import Questions
from services.notifier.results import Results
from services.notifier.sender import Sender
from services.notifier.settings import NotifierSettings
from services.notifier.watch import Watch

TICKET_TOPICS = ("tickets", "triage", "clusters", "sla", "resolution")
REQUESTS_PER_S = 500.0
"""Of one shop; reports of providers are not counted."""


async def build(settings: NotifierSettings, telemetry: Telemetry | None = None) -> Service:
    """The service, not started yet. Raises what `Service.open` raises, and PolicyError."""
    rules, care_rules = policy.load(settings.policy_dir)
    composer = Composer(rules)
    accounts = Accounts.load(settings.notifier_accounts_file)
    accounts.check(rules)
    if settings.notifier_call_timeout_s * 2 > rules.delivery.lease_s:
        raise PolicyError("notifier.yaml: delivery.lease_s must be twice a call's timeout or more")
    service = await Service.open("notifier", settings, automatic=True, telemetry=telemetry)
    await PolicyShelf("notifier", rules).open(service.database)
    await PolicyShelf("care", care_rules).open(service.database)
    bell = Bell([*rules.lanes, Questions.name, Watch.name])
    tickets = service.applier(notices_desk(rules, bell))
    service.feed(tickets, *TICKET_TOPICS)
    service.feed(service.applier(care_desk(CarePolicies(care_rules, rules), bell)), "orders")
    sender = sender_of(service, settings, accounts, rules, composer, bell)
    service.add(sender)
    service.serve(
        interface(service, settings, accounts, sender, service.gate(tickets)), settings.api_port
    )
    return service


def interface(
    service: Service, settings: NotifierSettings, accounts: Accounts, sender: Sender, tickets: Gate
) -> FastAPI:
    """The HTTP interface over a gate of the tickets' desk."""
    file = settings.shop_secrets_file
    secrets = ShopSecrets({}) if file is None else ShopSecrets.load(file)
    edge = Edge("notifier", secrets, service.metrics, REQUESTS_PER_S)
    secret = accounts.report_secret.get_secret_value()
    parts = http.Parts(edge, secret, service.database, service.sealer, sender.results, tickets)
    return http.build(parts)


def sender_of(
    service: Service,
    settings: NotifierSettings,
    accounts: Accounts,
    rules: NotifierRules,
    composer: Composer,
    bell: Bell,
) -> Sender:
    """The sender with a gate of its own, not one of the service's: results still come while it
    stops."""
    applier = service.applier(deliveries_desk(rules, bell))
    gate, booking = Gate(applier, service.health), Booking(applier, service.health)
    kit = Kit(
        database=service.database,
        sealer=service.sealer,
        composer=composer,
        results=Results(gate, booking),
        bell=bell,
        policy=rules,
        instance=service.instance,
        call_timeout_s=settings.notifier_call_timeout_s,
    )
    at_once = settings.notifier_sends_at_once
    return Sender(kit, accounts, (gate, booking), service.health, service.metrics, at_once)


def notices_desk(rules: NotifierRules, bell: Bell) -> Desk[TicketCase]:
    """What is said about tickets, and how their breaches climb."""
    return Desk(
        name="notices",
        rules={
            TicketOpened: notices.opened,
            Triaged: ladders.triaged,
            Retriaged: ladders.triaged,
            ClusterSuspected: clusters.suspected,
            SLAWarning: ladders.warned,
            SLABreached: ladders.breached,
            ClockMet: ladders.met,
            ClockCancelled: ladders.cancelled,
            ClockMoved: ladders.moved,
            AgentReplied: ladders.replied,
            CallMade: ladders.called,
            Resolved: ladders.resolved,
            TicketReopened: notices.reopened,
            TicketMerged: ladders.merged,
            AcknowledgeEscalation: ladders.acknowledged,
            TimerFired: ladders.timer_fired,
        },
        load=store.load,
        save=partial(store.save, bell),
        policy=rules,
    )


def care_desk(policies: CarePolicies, bell: Bell) -> Desk[OrderCase]:
    """The care chain of each order. Disputes it sees in the tickets' table."""
    return Desk(
        name="care",
        rules={
            OrderPlaced: care.placed,
            OrderShipped: care.shipped,
            ParcelDelivered: care.delivered,
            ReceiptConfirmed: care.received,
            RefundCompleted: care.refunded,
            TimerFired: care.timer_fired,
        },
        load=order_store.load,
        save=partial(order_store.save, bell),
        policy=policies,
        key_of=_order_key,
    )


def deliveries_desk(rules: NotifierRules, bell: Bell) -> Desk[Delivery]:
    """The life of each notification. Fed by the sender and by reports, never from Kafka."""
    return Desk(
        name="deliveries",
        rules={
            SendSettled: delivery.send_settled,
            LeaseEnded: delivery.lease_ended,
            Overtaken: delivery.overtaken,
            ReceiptGiven: delivery.receipt_given,
        },
        load=delivery_store.load,
        save=partial(delivery_store.save, bell),
        policy=rules,
    )


def _order_key(event: Envelope[Any]) -> str:
    return order_key(event.shopid, event.subject)
