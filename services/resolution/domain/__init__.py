"""Resolution's rules, pure: decisions, refunds and tickets of one order meet in a `Settlement`."""

from services.resolution.domain.commands import (
    LineRefund,
    ResolutionAnswer,
    ResolutionRequest,
    ResolveTicket,
)
from services.resolution.domain.policy import ResolutionRules
from services.resolution.domain.rules import (
    complete_refund,
    open_ticket,
    place_order,
    reopen_ticket,
    resolve,
)
from services.resolution.domain.settlement import (
    MoneyAction,
    Refund,
    Settlement,
    Ticket,
    key_of,
)

__all__ = [
    "LineRefund",
    "MoneyAction",
    "Refund",
    "ResolutionAnswer",
    "ResolutionRequest",
    "ResolutionRules",
    "ResolveTicket",
    "Settlement",
    "Ticket",
    "complete_refund",
    "key_of",
    "open_ticket",
    "place_order",
    "reopen_ticket",
    "resolve",
]
