"""The tables that grow with every ticket or order, how they are filled, and how what was filled is
told from what the load left. Used by `history`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runtime.queries import Queries
from schemas.topics import SERVICES

queries = Queries.load(Path(__file__).parent / "sql" / "history.sql")
HOT = "evidence"
"""The service with the most messages: its inbox and outbox get the full history."""
OF_SHOP = "shop_id = 'history'"


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `history` is true for the rows that `filled_by` made."""

    service: str
    name: str
    filled_by: str
    history: str = OF_SHOP
    hot: bool = False


def _runtime(service: str) -> Iterator[Table]:
    hot = service == HOT
    yield Table(service, "inbox", queries.inbox, "topic = 'history'", hot)
    yield Table(service, "outbox", queries.outbox, "topic = 'history'", hot)
    yield Table(service, "outbox_batch", queries.outbox_batch, "instance = 'history'", hot)


OWN = (
    Table("intake", "customer_order", queries.customer_order),
    Table("intake", "ticket", queries.ticket),
    Table("intake", "complaint", queries.complaint),
    Table("intake", "entry", queries.entry, "entry = 'history'"),
    Table("intake", "keyring.person_key", queries.person_key, "length(wrapped) = 1"),
    Table("triage", "ticket_triage", queries.ticket_triage),
    Table("sla", "sla_case", queries.sla_case),
    Table("sla", "clock", queries.clock),
    Table("sla", "clock_event", queries.clock_event, "clock = 'history'"),
    Table("sla", "timer", queries.timer),
    Table("notifier", "ticket_case", queries.ticket_case),
    Table("notifier", "order_case", queries.order_case),
    Table("notifier", "notification", queries.notification),
    Table("notifier", "escalation", queries.escalation),
    Table("evidence", "dossier", queries.dossier),
    Table("evidence", "trail", queries.trail, "key LIKE 'history/%'"),
    Table("evidence", "item", queries.item),
    Table("evidence", "link", queries.link, "key LIKE 'history/%'"),
    Table("resolution", "settlement", queries.settlement),
    Table("resolution", "ticket", queries.settled_ticket),
)
TABLES = (*(table for service in SERVICES for table in _runtime(service)), *OWN)
