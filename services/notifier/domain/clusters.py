"""What is said about several complaints with one cause: to staff alone, once a cluster. Called by
the runtime through the desk in `app.py`.
"""

from __future__ import annotations

from datetime import datetime

from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope
from schemas.rules import Decision
from services.notifier.domain.notice import Params, shortened
from services.notifier.domain.policy import NotifierRules
from services.notifier.domain.saying import about, asked, said
from services.notifier.domain.ticket import TicketCase

TICKETS_NAMED = 5
NAME_LENGTH = 40


def suspected(
    case: TicketCase, event: Envelope[ClusterSuspected], policy: NotifierRules, now: datetime
) -> Decision[TicketCase]:
    """Tell those who look after what the tickets have in common. The case is the cluster's."""
    data = event.data
    params: Params = {
        **about(case, policy),
        "kind": data.kind,
        "name": shortened(data.name, NAME_LENGTH),
        "cause_zh": data.cause_zh,
        "cause_en": data.cause_en,
        "seen": data.seen,
        "tickets": " ".join(data.ticket_ids[:TICKETS_NAMED]),
        "first_at": data.first_at.isoformat(),
    }
    facts = {"cluster": data.kind, "problem_class": data.problem_class}
    says = asked(case, policy, "ClusterSuspected", params, more=facts)
    return said(case, event, policy, now, says)
