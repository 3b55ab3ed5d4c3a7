"""When each clock of a conversation begins and when it is met. Told by `reading` what happens, in
order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.triage import Route
from schemas.values import Level, ProblemClass
from services.sla.domain.conversation.rules import ConversationClock, ConversationRule
from services.sla.domain.timeline import Ending


@dataclass(slots=True)
class Stretch:
    """One generation of one clock. Level and class are the ticket's, as they stood last."""

    number: int
    anchor_at: datetime
    level: Level
    problem_class: ProblemClass
    met_at: datetime | None = None
    closed_at: datetime | None = None
    ending: Ending | None = None


@dataclass(slots=True)
class Ticket:
    """What of a ticket decides whether a clock runs."""

    level: Level
    problem_class: ProblemClass
    route: Route | None
    alive: bool = True


class Watch:
    """One clock of one ticket: told what happens, it opens and ends generations."""

    def __init__(self, rule: ConversationRule, ticket: Ticket) -> None:
        self.rule = rule
        self.ticket = ticket
        self.stretches: list[Stretch] = []
        self.open: Stretch | None = None

    @property
    def runs(self) -> bool:
        """Whether the ticket has this clock where it is now."""
        return self.rule.runs(self.ticket.route, self.ticket.problem_class)

    def begin(self, at: datetime) -> None:
        """A new generation, unless one is open, or the ticket has ended or has no such clock."""
        ticket = self.ticket
        if self.open is None and ticket.alive and self.runs:
            number = len(self.stretches) + 1
            self.open = Stretch(number, at, ticket.level, ticket.problem_class)
            self.stretches.append(self.open)

    def meet(self, at: datetime) -> None:
        """Done."""
        if self.open is not None:
            self.open.met_at, self.open = at, None

    def close(self, at: datetime, ending: Ending) -> None:
        """Over without being done."""
        if self.open is not None:
            self.open.closed_at, self.open.ending, self.open = at, ending, None

    def opened(self, at: datetime) -> None:
        """The complaint."""

    def wrote(self, at: datetime) -> None:
        """A message of the customer."""

    def answered(self, at: datetime, *, human: bool) -> None:
        """An answer that the customer sees, or a call."""

    def offered(self, at: datetime) -> None:
        """A solution."""

    def moved(self, at: datetime, was: Route | None) -> None:
        """Another way, class or level."""

    def resolved(self, at: datetime) -> None:
        """The end."""
        self.close(at, "resolved")

    def reopened(self, at: datetime) -> None:
        """Another life."""


class _FirstResponse(Watch):
    """From the first message that a person must answer. Before it came to people, the bot's answer
    was one; a message that is still unanswered then counts from there: only then was it known."""

    asked = True
    done = False

    def opened(self, at: datetime) -> None:
        self.begin(at)

    def wrote(self, at: datetime) -> None:
        self.asked = True
        if not self.done:
            self.begin(at)

    def answered(self, at: datetime, *, human: bool) -> None:
        if self.open is None:
            self.asked = False
        elif human:
            self.meet(at)
            self.done = True

    def moved(self, at: datetime, was: Route | None) -> None:
        if not self.runs:
            self.close(at, "retriaged")
        elif self.asked and not self.done:
            self.begin(at)

    def resolved(self, at: datetime) -> None:
        self.close(at, "resolved")
        self.done = True


class _NextReply(Watch):
    """From the oldest message that nobody has answered; one written after the end counts from the
    reopening. What is written before the first answer belongs to the complaint, which has clocks of
    its own."""

    asked = True
    complaint = True

    def wrote(self, at: datetime) -> None:
        if not self.asked:
            self.asked = True
            self.begin(at)

    def answered(self, at: datetime, *, human: bool) -> None:
        if human or self.complaint or self.rule.bot_counts:
            self.meet(at)
            self.asked = self.complaint = False

    def moved(self, at: datetime, was: Route | None) -> None:
        if not self.runs:
            self.close(at, "retriaged")
        elif self.asked and not self.complaint:
            self.begin(at)

    def resolved(self, at: datetime) -> None:
        self.close(at, "resolved")
        self.asked = self.complaint = False

    def reopened(self, at: datetime) -> None:
        if self.asked and not self.complaint:
            self.begin(at)


class _SecondLine(Watch):
    """At the front line from a person's first answer to handing over; on the second line from
    arrival to an expert's answer. A solution meets both."""

    tried = False
    fixed = False

    def opened(self, at: datetime) -> None:
        self._arrive(at)

    def answered(self, at: datetime, *, human: bool) -> None:
        if not human:
            return
        if self.ticket.route == "second_line":
            self.meet(at)
        elif not self.tried and not self.fixed:
            self.begin(at)
        self.tried = True

    def offered(self, at: datetime) -> None:
        self.fixed = True
        if self.open is not None and self.open.anchor_at == at:
            self.stretches.remove(self.open)  # the answer brought the solution: nothing ran
            self.open = None
        self.meet(at)

    def moved(self, at: datetime, was: Route | None) -> None:
        there, was_there = self.ticket.route == "second_line", was == "second_line"
        if there and not was_there:
            self.meet(at)
            self.fixed = False
            self._arrive(at)
        elif not self.runs or (was_there and not there):
            self.close(at, "retriaged")
        elif self.tried and not self.fixed and not self.stretches:
            self.begin(at)

    def resolved(self, at: datetime) -> None:
        self.meet(at)

    def reopened(self, at: datetime) -> None:
        self.tried = self.fixed = False
        self._arrive(at)

    def _arrive(self, at: datetime) -> None:
        if self.ticket.route == "second_line":
            self.begin(at)


class _GroupHold(Watch):
    """How long one group has the ticket."""

    def opened(self, at: datetime) -> None:
        self.begin(at)

    def moved(self, at: datetime, was: Route | None) -> None:
        if was != self.ticket.route:
            self.meet(at)
            self.begin(at)
        elif not self.runs:
            self.close(at, "retriaged")
        else:
            self.begin(at)

    def resolved(self, at: datetime) -> None:
        self.meet(at)

    def reopened(self, at: datetime) -> None:
        self.begin(at)


WATCHES: dict[ConversationClock, type[Watch]] = {
    "human_first_response": _FirstResponse,
    "next_reply": _NextReply,
    "second_line": _SecondLine,
    "group_hold": _GroupHold,
}
