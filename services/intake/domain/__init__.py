"""The rules of intake: pure functions over an order's open tickets, a ticket, an order."""
