"""Clocks that a conversation starts, by walking through it once for each. Called by `knowledge`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from services.sla.audit.books import Books
from services.sla.audit.count import Count
from services.sla.audit.story import Generation, Json, Story
from services.sla.audit.terms import Talk, Terms

EXPERTS = "second_line"


def spoken(story: Story, terms: Terms, books: Books) -> Iterator[Count]:
    """The clocks of the conversation. Raises KeyError, LookupError as `counted`."""
    if story.first is None:
        return
    for talk in terms.talks:
        calendar = books.named(talk.term.calendar)
        for generation in _Walk(talk, story).generations:
            met_at = generation.deeds[0][0] if generation.deeds else None
            stretches = [(generation.anchor_at, None, False)]
            count = Count(talk.term, generation, list(stretches), met_at, calendar)
            count.due_at = count.moment(talk.term.target)
            yield count


class _Walk:
    """One clock through one story. `running` is the generation that runs now."""

    def __init__(self, talk: Talk, story: Story) -> None:
        first = story.first or {}
        self.talk, self.story = talk, story
        self.generations: list[Generation] = []
        self.running: Generation | None = None
        self.level, self.problem_class = first["level"], first["problem_class"]
        self.route = _route(first)
        self.alive = True
        self.unanswered = True
        """The customer's last word has no answer."""
        self.begun = False
        """The first answer that counts was given; nothing more belongs to the complaint."""
        self.fixed = False
        """A solution was offered since the ticket came where it is."""
        name = talk.term.clock
        if name in ("human_first_response", "group_hold") or self._with_experts:
            self._start(story.lives[0].began_at)
        for at, each in story.happened:
            self._happen(at, each)

    @property
    def _with_experts(self) -> bool:
        return self.talk.term.clock == "second_line" and self.route == EXPERTS

    @property
    def _runs_here(self) -> bool:
        classes = self.talk.classes
        return self.route in self.talk.routes and (not classes or self.problem_class in classes)

    def _start(self, at: datetime) -> None:
        if self.running is None and self.alive and self._runs_here:
            number, life = len(self.generations) + 1, self.story.lives[0]
            about = (number, self.level, self.problem_class, False)
            self.running = Generation(*about, anchor_at=at, reopened=False, life=life)
            self.generations.append(self.running)

    def _stop(self, at: datetime, *, done: bool, ending: str = "") -> None:
        if self.running is not None and done:
            self.running.deeds.append((at, "done"))
        elif self.running is not None:
            self.running.closed_at, self.running.ending = at, ending
        self.running = None

    def _happen(self, at: datetime, each: Json) -> None:
        what = each["what"]
        if what == "triaged":
            self._triage(at, each)
        elif what == "reopened":
            self._reopen(at)
        elif what in ("resolved", "merged"):
            self._end(at, what)
        elif what == "customer_message":
            self._question(at)
        elif what in ("agent_replied", "call_made"):
            self._answer(at, human=what == "call_made" or each.get("human") is True)
        elif what == "solution_offered" and self.talk.term.clock == "second_line":
            self._offer(at)

    def _question(self, at: datetime) -> None:
        first_since, self.unanswered = not self.unanswered, True
        name = self.talk.term.clock
        if (name == "human_first_response" and not self.begun) or (
            name == "next_reply" and first_since
        ):
            self._start(at)

    def _answer(self, at: datetime, *, human: bool) -> None:
        name = self.talk.term.clock
        if name == "human_first_response":
            if self.running is None:
                self.unanswered = False
            elif human:
                self._stop(at, done=True)
                self.begun = True
        elif name == "next_reply":
            # Of the complaint itself any answer will do.
            if human or not self.begun or self.talk.bot_counts:
                self._stop(at, done=True)
                self.unanswered, self.begun = False, True
        elif name == "second_line" and human:
            if self.route == EXPERTS:
                self._stop(at, done=True)
            elif not self.begun and not self.fixed:
                self._start(at)
            self.begun = True

    def _offer(self, at: datetime) -> None:
        """An answer that is the solution has kept nobody waiting: nothing ran."""
        self.fixed = True
        if self.running is not None and self.running.anchor_at == at:
            self.generations.remove(self.running)
            self.running = None
        self._stop(at, done=True)

    def _triage(self, at: datetime, each: Json) -> None:
        was = (self.route, self.problem_class)
        self.level, self.problem_class = each["level"], each["problem_class"]
        self.route = _route(each)
        if self.alive and was != (self.route, self.problem_class):
            self._go(at, was[0])
        if self.running is not None:
            self.running.level, self.running.problem_class = self.level, self.problem_class

    def _go(self, at: datetime, came_from: str | None) -> None:
        """To another group, or as another class."""
        name = self.talk.term.clock
        elsewhere = came_from != self.route
        arrived = name == "second_line" and elsewhere and self.route == EXPERTS
        left = name == "second_line" and elsewhere and came_from == EXPERTS
        if arrived or (name == "group_hold" and elsewhere):
            self._stop(at, done=True)
            self.fixed = False
            self._start(at)
        elif left or not self._runs_here:
            self._stop(at, done=False, ending="retriaged")
        elif (
            name == "group_hold"
            or (name == "human_first_response" and self.unanswered and not self.begun)
            or (name == "next_reply" and self.unanswered and self.begun)
            or (name == "second_line" and self.begun and not self.fixed and not self.generations)
        ):
            self._start(at)

    def _end(self, at: datetime, what: str) -> None:
        """A solution is what experts and a group are there for; an answer it is not."""
        if not self.alive:
            return
        self.alive = False
        meets = what == "resolved" and self.talk.term.clock in ("second_line", "group_hold")
        self._stop(at, done=meets, ending=what)
        if what == "resolved":
            self.unanswered, self.begun = False, True

    def _reopen(self, at: datetime) -> None:
        if self.alive:
            return
        self.alive = True
        name = self.talk.term.clock
        if name == "second_line":
            self.begun = self.fixed = False
        asked = name == "next_reply" and self.unanswered and self.begun
        if asked or name == "group_hold" or self._with_experts:
            self._start(at)


def _route(each: Json) -> str | None:
    """Where a triage sent the ticket; older ledgers know only that nobody could sort it."""
    return each.get("route") or ("human_triage" if each.get("unsure") else None)
