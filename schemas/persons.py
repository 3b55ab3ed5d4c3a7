"""Whose key seals a personal value, and under which field name: one rule for all who seal or open.

Intake seals by it; whoever opens a box (the notifier a phone) asks for the same person and field.
"""

from __future__ import annotations

NAME, PHONE, ADDRESS = "name", "phone", "address"
"""Fields of sealed contact data, the same in orders and tickets."""


def person_of(customer_id: str | None, ticket_id: str) -> str:
    """The person behind a ticket: its customer, or the ticket itself while nobody is known.

    Orders always name a customer: there the person is the customer.
    """
    return customer_id if customer_id is not None else f"ticket:{ticket_id}"


def text_field(message_id: str) -> str:
    """Field of the unmasked text of a message; the first text of a ticket has the ticket's id."""
    return f"text/{message_id}"
