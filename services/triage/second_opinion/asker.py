"""One line of asking: takes a question, asks, keeps the answer, tells it. Run by `asking`.

What was asked, paid and answered is in the database: this may die at any time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from runtime.backoff import Backoff
from runtime.clock import derived_id, unix_ns, wall_now
from runtime.database import Database, DatabaseAwayError
from runtime.gate import BusyError, CommandFailedError, Gate
from runtime.hops import Hop, is_sampled, recorded
from runtime.logs import logger
from runtime.metrics import Metrics
from runtime.telemetry import Telemetry
from schemas.envelope import Envelope
from schemas.rules import RefusedError
from services.triage.domain.asking_policy import AskingRules
from services.triage.domain.second_opinion import CERTAIN, SecondOpinionGiven
from services.triage.second_opinion import ledger
from services.triage.second_opinion.endpoint import Endpoint
from services.triage.second_opinion.ledger import Asked, GivenUp, NothingDue, OverBudget
from services.triage.second_opinion.wire import Answered, SecondOpinion, Silent, Unusable

log = logger(__name__)
AT_ONCE_S = 0.0
LOOK_S = 5.0
"""What no bell announces (other instances' questions, tries that come again) is found so soon."""
BUDGET_S = 30.0
KEEP_TRIES = 4


@dataclass(frozen=True, slots=True)
class Kit:
    """What the askers work with. `bell` is set when there are new questions."""

    database: Database
    gate: Gate
    endpoint: Endpoint
    rules: AskingRules
    metrics: Metrics
    telemetry: Telemetry
    bell: asyncio.Event

    def count(self, result: str, times: int = 1) -> None:
        """Note what came of a question."""
        if times:
            self.metrics.second_opinions.labels(result).inc(times)


class Asker:
    """One line of asking: one question at a time. The first of them also probes the endpoint."""

    def __init__(self, kit: Kit, *, first: bool) -> None:
        self._kit = kit
        self._first = first
        self._again = Backoff(0.5, 30.0)
        # The call, and storing its answer, with some room.
        self._lease_s = kit.rules.timeout_ms / 1000 + 5.0

    async def step(self) -> float:
        """Ask about one ticket, if one is due and it may be asked; seconds until the next look."""
        kit = self._kit
        if self._first:
            kit.count("expired", await ledger.expire(kit.database))
        closed_s = kit.endpoint.closed_for_s
        # What was answered is told even while nobody may be asked.
        may_ask = closed_s <= 0 and (self._first or not kit.endpoint.wary)
        taken = await ledger.take(kit.database, kit.rules, self._lease_s, may_ask)
        match taken:
            case NothingDue():
                return min(LOOK_S, closed_s) if closed_s > 0 else LOOK_S
            case OverBudget():
                kit.count("over_budget")
                return BUDGET_S
            case GivenUp():
                kit.count("given_up")
                return AT_ONCE_S
        if taken.opinion is not None:
            await self._tell(taken, taken.opinion, taken.traceparent)
        elif taken.words is not None:
            await self._ask(taken, taken.words)
        return AT_ONCE_S

    async def _ask(self, asked: Asked, words: str) -> None:
        kit, begun_ns = self._kit, unix_ns()
        answered = await kit.endpoint.ask(words)
        traceparent = self._traced(asked, answered, begun_ns)
        match answered:
            case SecondOpinion():
                await self._keep(asked, answered)
                await self._tell(asked, answered, traceparent)
            case Unusable(reason=reason):
                log.warning("second opinion unusable", ticket=asked.ticket_id, reason=reason)
                await ledger.end(kit.database, asked)
                kit.count(answered.result)
            case Silent():
                log.warning(
                    "no second opinion",
                    ticket=asked.ticket_id,
                    reason=answered.reason,
                    tries=asked.tries,
                    breaker=kit.endpoint.breaker,
                )
                wait_s = answered.retry_after_s or self._again.wait_s(asked.tries)
                await ledger.again(kit.database, asked, wait_s)
                kit.count(answered.result)
            case None:  # the breaker opened since it was looked at
                wait_s = self._again.wait_s(asked.tries)
                await ledger.not_asked(kit.database, asked, kit.rules, wait_s)

    async def _keep(self, asked: Asked, opinion: SecondOpinion) -> None:
        """Keep the answer before it is told, so that it is not asked for again. If the database
        is away for longer, it is: then the answer is lost, and paid for twice."""
        tries = 1
        while True:
            try:
                await ledger.answered(self._kit.database, asked, opinion)
            except DatabaseAwayError:
                if tries == KEEP_TRIES:
                    raise
                await asyncio.sleep(self._again.wait_s(tries))
                tries += 1
            else:
                return

    async def _tell(self, asked: Asked, opinion: SecondOpinion, traceparent: str | None) -> None:
        """Bring an answer to the rule, and forget the question. Told twice it changes nothing:
        the command has the same id, and the gate's inbox knows it."""
        kit = self._kit
        event = self._command(asked, opinion)
        try:
            outcome = await kit.gate.submit(
                event, event.data.model_dump_json().encode(), traceparent
            )
        except BusyError as error:
            log.warning("second opinion waits", ticket=asked.ticket_id, cause=str(error))
            return  # its lease ends, and it is told again
        except (CommandFailedError, RefusedError) as error:
            log.error("second opinion not taken", ticket=asked.ticket_id, cause=str(error))
            result = "unusable"
        else:
            result = str(outcome["result"])
            log.info("second opinion", ticket=asked.ticket_id, result=result)
        await ledger.end(kit.database, asked)
        kit.count(result)

    def _command(self, asked: Asked, opinion: SecondOpinion) -> Envelope[Any]:
        data = SecondOpinionGiven(
            ticket_id=asked.ticket_id,
            problem_class=opinion.problem_class,
            subtype=asked.subtypes.get(opinion.problem_class),
            confidence=int(opinion.confidence * CERTAIN),
            label=self._kit.endpoint.account.label,
        )
        return Envelope[SecondOpinionGiven](
            id=derived_id(asked.cause, "second_opinion"),
            source="aftercare/triage-second-opinion",
            type=SecondOpinionGiven.type_name(),
            time=wall_now(),
            subject=asked.ticket_id,
            shopid=asked.shop_id,
            correlationid=asked.correlation,
            causationid=asked.cause,
            autoorigin=True,
            data=data,
        )

    def _traced(self, asked: Asked, answered: Answered | None, begun_ns: int) -> str | None:
        """A span of the call, where the ticket's trace is recorded; what it goes on with."""
        if asked.traceparent is None or not is_sampled(asked.traceparent):
            return asked.traceparent
        error: str = answered.result if isinstance(answered, Silent | Unusable) else ""
        traceparent = recorded(asked.traceparent)
        about: dict[str, str | int] = {
            "aftercare.subject": asked.ticket_id,
            "aftercare.shop": asked.shop_id,
        }
        hop = Hop(asked.traceparent, None, error)
        record = self._kit.telemetry.record
        record("second opinion", traceparent, hop, about, begun_ns, calls=True)
        return traceparent
