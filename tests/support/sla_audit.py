"""A ticket at the desk whose rows are kept as the store keeps them, for the audit to judge."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from schemas.envelope import Envelope
from schemas.sla import ClockEvent
from services.sla.audit.case import Findings, Moment, StoredCase
from services.sla.audit.judge import judge
from services.sla.audit.versions import Versions
from services.sla.domain.clock import Clock
from services.sla.policy import SlaPolicy
from tests.support.sla_story import TICKET, Story, at


class Kept(Story):
    """Each decision is written down before the next is made, as if it came much later."""

    def __init__(self, policy: SlaPolicy | None = None) -> None:
        super().__init__(policy)
        self.rows: dict[tuple[str, int], dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []

    def _decide(self, message: Envelope[Any], now: datetime) -> list[ClockEvent]:
        found = super()._decide(message, now)
        case = self.decisions[-1].case
        if case is not None:
            self.rows |= {clock.key: row_of(clock) for clock in case.clocks}
            for key in case.gone:
                self.rows.pop(key, None)
            self.events += [
                {**mark._asdict(), "told_at": told_at} for mark, told_at in case.new_marks
            ]
            written = {"new_entries": (), "new_marks": (), "clocks": (), "gone": frozenset()}
            self.case = replace(case, **written)  # type: ignore[arg-type]
        return found

    def stored(self) -> StoredCase:
        """All rows of the ticket."""
        case = self.case
        if case is None:
            return StoredCase(TICKET)
        return StoredCase(
            ticket=case.ticket_id,
            policy_version=case.policy_version,
            counted_by=case.counted_by,
            ledger=[entry.as_json() for entry in case.ledger],
            told=[list(mark) for mark in case.told],
            armed_at=self.armed_at,
            known=True,
            clocks=list(self.rows.values()),
            events=self.events,
        )


def row_of(clock: Clock) -> dict[str, Any]:
    """As the table has it."""
    return {
        "clock": clock.term.clock,
        "generation": clock.generation,
        "level": clock.level,
        "problem_class": clock.problem_class,
        "state": clock.state,
        "target_s": clock.term.target_s,
        "anchor_at": clock.anchor_at,
        "due_at": clock.due_at,
        "met_at": clock.met_at,
        "breached_at": clock.breached_at,
        "cancelled_at": clock.cancelled_at,
        "cause": clock.ending,
        "used_s": clock.used_s,
    }


def audited(case: StoredCase, policy: SlaPolicy, now: float, grace_s: float = 0) -> Findings:
    """What the audit finds of it, so many seconds after nine."""
    found = Findings()
    moment = Moment(at(now), timedelta(seconds=grace_s), timedelta())
    body = policy.model_dump(mode="json", exclude={"version"})
    judge(case, Versions({policy.version: body}, {}), moment, found)
    return found
