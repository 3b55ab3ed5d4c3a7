"""I1 and I2: every acknowledged complaint is one ticket with its event, and no ticket is twice."""

from __future__ import annotations

from collections import Counter

from cli.verify.domain_facts import Complaint, Intake
from cli.verify.facts import Facts
from cli.verify.report import Findings, Verdict

Named = tuple[str, str, str]
"""Shop, origin (or ticket) and external id: what makes a complaint the same one."""


def taken_in(facts: Facts) -> Verdict:
    """I1: acknowledged complaint = complaint row = ticket = its event, each once."""
    found = Findings("I1", "every acknowledged intake is one ticket and ≥ 1 event")
    if facts.intake is None:
        return found.not_applicable("intake has no schema in this database")
    tickets = {ticket.ticket for ticket in facts.intake.tickets}
    _acknowledged(facts, facts.intake, found)
    opened, joined = _told(facts)
    # Complaints of two origins may share an external id and join the same ticket.
    repeats = Counter(_joined_as(each) for each in facts.intake.complaints if each.joined)
    for each in facts.intake.complaints:
        name = "/".join((each.shop, each.origin, each.external))
        if each.ticket not in tickets:
            found.offend("complaint without a ticket", name)
        if each.joined:
            count, wanted = joined[_joined_as(each)], repeats[_joined_as(each)]
        else:
            count, wanted = opened[each.ticket], 1
        kind = "joined" if each.joined else "opened"
        if count != wanted:
            found.offend(f"{kind} by {count} events instead of {wanted}", name)
        found.count(kind)
    found.offend_all("event of a ticket that is none", sorted(opened.keys() - tickets))
    known = {each.ticket for each in facts.intake.complaints}
    found.offend_all("ticket without a complaint", sorted(tickets - known))
    found.count("tickets", len(tickets))
    if facts.journal is None:
        found.note("no journal of the load: tables and events only")
    return found.verdict()


def _joined_as(complaint: Complaint) -> Named:
    return complaint.shop, complaint.ticket, complaint.external


def _acknowledged(facts: Facts, intake: Intake, found: Findings) -> None:
    rows = {(each.shop, each.origin, each.external): each for each in intake.complaints}
    for sent in facts.journal or ():
        if (sent.via, sent.what, sent.result) != ("http", "tickets", "acknowledged"):
            continue
        found.count("acknowledged")
        named = (sent.shop, str(sent.sent["origin"]), str(sent.sent["external_id"]))
        row = rows.get(named)
        if row is None:
            found.offend("acknowledged and lost", "/".join(named))
        elif row.ticket != sent.answer.get("ticket_id"):
            found.offend("acknowledged as another ticket", "/".join(named))


def _told(facts: Facts) -> tuple[Counter[str], Counter[Named]]:
    """How many events opened each ticket, and how many joined each repeat to its ticket."""
    opened: Counter[str] = Counter()
    joined: Counter[Named] = Counter()
    for event in facts.stories.tickets:
        if event.kind == "TicketOpened":
            opened[event.ticket] += 1
        elif event.joined:
            joined[event.shop, event.ticket, event.joined] += 1
    return opened, joined


def no_ticket_twice(facts: Facts) -> Verdict:
    """I2: by intake's table and, independently, by the events."""
    found = Findings("I2", "no ticket twice for one (source, external id)")
    if facts.intake is None:
        return found.not_applicable("intake has no schema in this database")
    rows = Counter((t.shop, t.origin, t.external) for t in facts.intake.tickets)
    found.offend_all("tickets", ("/".join(name) for name, times in rows.items() if times > 1))
    events: dict[Named, set[str]] = {}
    for event in facts.stories.tickets:
        if event.kind == "TicketOpened":
            events.setdefault((event.shop, event.origin, event.ref), set()).add(event.ticket)
    found.offend_all("events", ("/".join(n) for n, tickets in events.items() if len(tickets) > 1))
    lines = Counter(
        (t.shop, t.order, t.line)
        for t in facts.intake.tickets
        if t.state != "closed" and t.order is not None
    )
    for (shop, order, line), times in lines.items():
        if times > 1:
            found.offend("open tickets for one order line", f"{shop}/{order}/{line or ''}")
    found.count("complaints", len(rows))
    found.count("order lines", len(lines))
    return found.verdict()
