"""Joins second opinions to the desk `tickets`, where an endpoint is set up. Called by `app`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from runtime.batch import Applier
from runtime.case import Desk
from runtime.clock import monotonic_s
from runtime.gate import Gate
from runtime.logs import logger
from runtime.policy import PolicyError
from runtime.service import Service
from schemas.tickets import TicketOpened
from services.triage.domain import TicketTriage
from services.triage.domain.asking_policy import AskingRules
from services.triage.domain.second_opinion import (
    SecondOpinionGiven,
    asking,
    second_opinion_given,
)
from services.triage.second_opinion import ledger
from services.triage.second_opinion.asker import Kit
from services.triage.second_opinion.asking import Asking
from services.triage.second_opinion.endpoint import Account, Endpoint
from services.triage.second_opinion.questions import Questions
from services.triage.settings import TriageSettings

log = logger(__name__)


async def joined(service: Service, settings: TriageSettings, desk: Desk[TicketTriage]) -> Applier:
    """The desk's applier. Without an endpoint it is the desk as it is, and what an earlier process
    meant to ask is forgotten. Raises PolicyError, DatabaseAwayError."""
    account = _account(settings)
    if account is None:
        if dropped := await ledger.drop(service.database):
            log.info("second opinions are switched off", dropped=dropped)
        return service.applier(desk)
    applier, part = connected(service, account, desk, settings.triage_second_opinion_at_once)
    service.add(part)
    log.info("second opinions are asked for", label=account.label)
    return applier


def connected(
    service: Service,
    account: Account,
    desk: Desk[TicketTriage],
    at_once: int,
    clock: Callable[[], float] = monotonic_s,
) -> tuple[Applier, Asking]:
    """The applier of a desk that notes questions, and the part that asks them. `clock`: the
    breaker's, seconds that never go back. Raises PolicyError."""
    rules: AskingRules | None = desk.policy.rules.second_opinion
    if rules is None:
        raise PolicyError("triage.yaml: an endpoint is set up, but there is no second_opinion")
    bell = asyncio.Event()
    questions = Questions(desk, rules, bell)
    applier = service.applier(
        replace(
            desk,
            rules={
                **desk.rules,
                TicketOpened: asking(desk.rules[TicketOpened], rules),
                SecondOpinionGiven: second_opinion_given,
            },
            load=questions.load,
            save=questions.save,
        )
    )
    kit = Kit(
        database=service.database,
        gate=Gate(applier, service.health),  # its own: answers still come while the service stops
        endpoint=Endpoint(account, rules, clock),
        rules=rules,
        metrics=service.metrics,
        telemetry=service.telemetry,
        bell=bell,
    )
    return applier, Asking(kit, service.health, at_once)


def _account(settings: TriageSettings) -> Account | None:
    if not settings.triage_second_opinion_url:
        return None
    return Account(
        url=settings.triage_second_opinion_url,
        key=settings.triage_second_opinion_key.get_secret_value(),
        model=settings.triage_second_opinion_model,
        label=settings.triage_second_opinion_label,
    )
