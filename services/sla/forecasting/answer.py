"""From stored clocks to the document that `aftercare sla forecast` shows. Called by `__main__`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from services.sla.domain.forecast.course import Watched, course_of, linked
from services.sla.domain.forecast.learning import learn
from services.sla.domain.forecast.model import Model
from services.sla.domain.forecast.outlook import Outlook, Risk, outlooks
from services.sla.forecasting.reading import Read

MEASURED, BASE_RATES, NOTHING = "measured", "base rates", "nothing"


def answer(read: Read, horizon: timedelta, queue: str | None, most: int) -> dict[str, Any]:
    """Every queue, or the one that is named, with the `most` clocks that are most at risk."""
    sampled = linked((watched, course_of(watched, read.now)) for watched in read.sampled)
    besides = linked((watched, course_of(watched, read.now)) for watched in read.besides)
    model = learn(
        [course for _, course in sampled],
        read.now.timestamp(),
        horizon.total_seconds(),
        float(read.parts),
    )
    found = outlooks(model, sampled, besides, read.now)
    return {
        "now": _shown(read.now),
        "until": _shown(read.now + horizon),
        "basis": _basis(model),
        "learned_from": {
            "since": _shown(read.since),
            "clocks": len(sampled),
            "moments": model.lessons,
            "one_ticket_in": read.parts,
        },
        "cut": read.cut,
        "queues": [_queue(each, most) for each in found if queue in (None, each.queue)],
    }


def _basis(model: Model) -> str:
    known = model.lessons or model.measured.outcomes
    return MEASURED if model.learned else BASE_RATES if known else NOTHING


def _queue(each: Outlook, most: int) -> dict[str, Any]:
    return {
        "queue": each.queue,
        "open": each.still_open,
        "overdue": each.overdue,
        "due": each.due,
        "expected": round(each.expected, 3),
        "from": each.low,
        "to": each.high,
        "at_least_one": round(each.at_least_one, 4),
        "at_risk": [_risk(risk) for risk in each.risks[:most]],
    }


def _risk(risk: Risk) -> dict[str, Any]:
    clock: Watched = risk.clock
    return {
        "ticket_id": clock.ticket_id,
        "clock": clock.clock,
        "generation": clock.generation,
        "level": clock.level,
        "problem_class": clock.problem_class,
        "due_at": None if clock.due_at is None else _shown(clock.due_at),
        "probability": round(risk.chance, 4),
    }


def _shown(at: datetime) -> str:
    return at.isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
