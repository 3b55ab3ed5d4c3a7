"""A second policy that reads some of the live one's tickets beside it: what it would have decided
otherwise is counted and logged, and nothing is published. Made by `app`.

It works behind the live one, a ticket at a time; when it lags it leaves tickets out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

from runtime.logs import logger
from runtime.metrics import Metrics
from runtime.policy import PolicyError, load_policy
from runtime.service import Service
from schemas.tickets import TicketOpened
from services.triage.differing import FIELDS, differing, fields_of
from services.triage.domain import Triager, TriageRules
from services.triage.domain.opinion import Scorer
from services.triage.domain.phrases import FinderOf
from services.triage.domain.verdict import Verdict
from services.triage.model import LinearScorer, ModelError, finder_of, load
from services.triage.policy import TriagePolicy
from services.triage.settings import TriageSettings

log = logger(__name__)
MOST_WAITING = 200
"""Tickets that wait for the shadow; further ones it does not see."""
REST_S = 0.001
"""Between two tickets: whatever else the process has to do comes first."""
TICKET, POLICY = "ticket", "policy"
"""`field` of the metric where it speaks of whole tickets, and of the policy itself."""


class Shadow:
    """Judges every n-th ticket again. A part of the service; `seen` is told of all verdicts."""

    def __init__(self, triager: Triager, every: int, metrics: Metrics) -> None:
        self._triager = triager
        self._every = every
        self._count = metrics.triage_shadow
        self._waiting: deque[tuple[TicketOpened, dict[str, Any]]] = deque()
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def seen(self, ticket: TicketOpened, verdict: Verdict) -> None:
        """The live verdict about a ticket. Never fails; takes some microseconds. Which tickets are
        judged follows from their id: one that is tried again is judged again."""
        if crc32(ticket.ticket_id.encode()) % self._every:
            return
        if len(self._waiting) >= MOST_WAITING:
            self._count.labels(TICKET, "skipped").inc()
            return
        self._waiting.append((ticket, fields_of(verdict)))
        self._rung.set()

    async def start(self) -> None:
        """Begin to judge."""
        self._task = asyncio.create_task(self._forever(), name="shadow")

    async def stop(self) -> None:
        """End; what waits is left out."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _forever(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            while self._waiting:
                self._judge(*self._waiting.popleft())
                await asyncio.sleep(REST_S)

    def _judge(self, ticket: TicketOpened, live: dict[str, Any]) -> None:
        try:
            moved = differing(live, fields_of(self._triager.verdict(ticket)))
        except Exception as error:  # noqa: BLE001  a policy on trial must not end anything
            self._count.labels(TICKET, "failed").inc()
            log.warning("shadow failed", ticket=ticket.ticket_id, cause=type(error).__name__)
            return
        self._count.labels(TICKET, "differs" if moved else "same").inc()
        for field in FIELDS:
            self._count.labels(field, "differs" if field in moved else "same").inc()
        if moved:
            log.info(
                "shadow differs",
                ticket=ticket.ticket_id,
                shadow_policy=self._triager.rules.version,
                live={name: was for name, (was, _) in moved.items()},
                shadow={name: would for name, (_, would) in moved.items()},
            )


class WatchedTriager(Triager):
    """The live triager, with somebody who is told of its verdicts about new tickets."""

    def __init__(
        self,
        rules: TriageRules,
        scorer: Scorer,
        finder: FinderOf,
        seen: Callable[[TicketOpened, Verdict], None],
    ) -> None:
        super().__init__(rules, scorer, finder)
        self._seen = seen

    def verdict(self, ticket: TicketOpened, dated: bool = True) -> Verdict:
        """See the base."""
        verdict = super().verdict(ticket, dated)
        self._seen(ticket, verdict)
        return verdict


def triager_of(
    service: Service, settings: TriageSettings, rules: TriageRules, scorer: LinearScorer
) -> Triager:
    """The live triager; beside it, as a part of the service, the shadow that the settings name."""
    shadow = _shadow_of(settings, service.metrics, scorer)
    if shadow is None:
        return Triager(rules, scorer, finder_of)
    service.add(shadow)
    return WatchedTriager(rules, scorer, finder_of, shadow.seen)


def _shadow_of(settings: TriageSettings, metrics: Metrics, scorer: LinearScorer) -> Shadow | None:
    """One that can't be loaded is none: it is logged and counted, and the live one goes on."""
    folder, model = settings.triage_shadow_dir, settings.triage_shadow_model
    if not folder and not model:
        return None
    try:
        rules = load_policy(Path(folder or settings.policy_dir), "triage", TriagePolicy)
        with_model = LinearScorer(load(Path(model))) if model else scorer
        triager = Triager(rules, with_model, finder_of)
    except (PolicyError, ModelError) as error:
        metrics.triage_shadow.labels(POLICY, "refused").inc()
        log.error("shadow refused", cause=str(error))
        return None
    log.info(
        "shadow reads along",
        policy=rules.version,
        model=with_model.version,
        every=settings.triage_shadow_every,
    )
    return Shadow(triager, settings.triage_shadow_every, metrics)
