"""Who complains about what, when and in which words. Called by `world`; pure but for its dice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from schemas.values import Channel, Language, ProblemClass
from simulator.catalogue import Catalogue, Phrases
from simulator.orders import Line, Order
from simulator.people import Person
from simulator.plan import Plan
from simulator.pools import Place, Pools
from simulator.wording import About, Wording

PRESENTS = 0.025
WATCHED = 0.08
WITHOUT_ORDER = 0.05
REPEATED = 0.05
SENT_TWICE = 0.05
RESENT = 0.02
FOLLOWED_UP = 0.25
LATE = 0.06
VERY_LATE = 0.015
FIRST, LAST = 0.03, 0.92
"""When complaints come, as shares of the span."""


@dataclass(frozen=True, slots=True)
class Note:
    """A further message of the customer, `after_s` business seconds behind the complaint."""

    message_id: str
    after_s: int
    text: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """One complaint as it is sent at `at`. `repeat_of` names the one whose ticket it joins.

    `twice_after_s`: the same delivery comes again, same webhook id; `resent_after_s`: the sender
    has forgotten that it was sent, new webhook id. Business seconds; None: does not happen.
    """

    at: datetime
    opened_at: datetime
    shop: str
    origin: str
    external_id: str
    channel: Channel
    story: str
    problem_class: ProblemClass
    text: str
    language: Language
    person: Person
    order: Order
    line: Line
    names_order: bool
    opened_goods: bool | None = None
    notes: tuple[Note, ...] = ()
    twice_after_s: int | None = None
    resent_after_s: int | None = None
    repeat_of: str | None = None


class Customers:
    """Makes all complaints of a plan."""

    def __init__(self, plan: Plan, goods: Catalogue, phrases: Phrases, pools: Pools) -> None:
        self._plan = plan
        self._goods = goods
        self._phrases = phrases
        self._pools = pools
        self._dice = Random(f"{plan.seed}/complaints")
        self._wording = Wording(Random(f"{plan.seed}/wording"), phrases, goods)
        self._origins = {front.channel: front.origin for front in goods.channels}

    def all(self) -> list[Complaint]:
        """By the time they are sent; repeats among them."""
        stories = list(self._phrases.stories)
        weights = [self._phrases.stories[name].weight for name in stories]
        names = self._spread(stories, weights)
        found = [self._complaint(number, name) for number, name in enumerate(names, 1)]
        again = [self._again(one) for one in found if self._is_repeated(one)]
        heard = [one for one in again if one.at < self._plan.end_at]
        return sorted([*found, *heard], key=lambda c: (c.at, c.external_id))

    def _spread(self, names: Sequence[str], weights: Sequence[float]) -> list[str]:
        """So many of each story as its weight says, in random order."""
        count, whole = self._plan.tickets, sum(weights)
        found: list[str] = []
        for name, weight in zip(names, weights, strict=True):
            found += [name] * int(count * weight / whole)
        found += self._dice.choices(names, weights, k=count - len(found))
        self._dice.shuffle(found)
        return found

    def _complaint(self, number: int, name: str) -> Complaint:
        dice, story = self._dice, self._phrases.stories[name]
        present = None if dice.random() > PRESENTS else self._pools.take_present()
        order, line = place = present or self._pools.take(story)
        at = self._at()
        language = order.person.language
        if present:
            name = "broken" if order.course in ("arrived", "week_ago") else "late"
        text, language = self._text(number, name, place, language)
        external_id = f"A{self._plan.seed}-{number:06d}"
        watched = dice.random() < WATCHED
        origin = dice.choice(self._goods.watched_origins)
        return Complaint(
            at=at,
            opened_at=self._opened_at(at),
            shop=order.shop,
            origin=origin if watched else self._origins[order.channel],
            external_id=external_id,
            channel=order.channel,
            story=f"present_{name}" if present else name,
            problem_class=self._phrases.presents[name].problem_class
            if present
            else story.problem_class,
            text=text,
            language=language,
            person=order.person,
            order=order,
            line=line,
            names_order=bool(present) or story.person != "" or dice.random() > WITHOUT_ORDER,
            opened_goods=None if present else story.opened,
            notes=self._notes(external_id, language, at),
            twice_after_s=self._sometimes(SENT_TWICE, 1, 200),
            resent_after_s=self._sometimes(RESENT, 60, 280),
        )

    def _text(
        self, number: int, name: str, place: Place, language: Language
    ) -> tuple[str, Language]:
        order, line = place
        about = About(order.person, order, line, language)
        if name in self._phrases.presents:
            own = self._wording.present(self._phrases.presents[name], about)
        else:
            own = self._wording.complaint(self._phrases.stories[name], about)
        if not self._plan.texts:
            return own, language
        given = self._plan.texts[(number - 1) % len(self._plan.texts)]
        return given.text, given.language

    def _at(self) -> datetime:
        """Anywhere in the span, four of ten in the rush after a third of it."""
        dice = self._dice
        share = dice.uniform(0.3, 0.45) if dice.random() < 0.4 else dice.uniform(FIRST, LAST)
        return self._plan.begin_at + timedelta(seconds=round(share * self._plan.span_s, 3))

    def _opened_at(self, at: datetime) -> datetime:
        """Most reach us at once; some adapters deliver late, a few very late."""
        chance = self._dice.random()
        if chance < VERY_LATE:
            waited_s = self._dice.uniform(20, 60) * 3_600
        elif chance < VERY_LATE + LATE:
            waited_s = self._dice.uniform(35, 75) * 60
        else:
            waited_s = self._dice.uniform(1, 20)
        return (at - timedelta(seconds=waited_s)).replace(microsecond=0)

    def _notes(self, external_id: str, language: Language, at: datetime) -> tuple[Note, ...]:
        """Until the end of the span."""
        if self._dice.random() > FOLLOWED_UP:
            return ()
        found, after_s = [], 0
        for count in range(1, self._dice.choice((1, 1, 1, 2, 3)) + 1):
            after_s += self._dice.randint(120, 900)
            text = self._wording.followup(language)
            if at + timedelta(seconds=after_s) < self._plan.end_at:
                found.append(Note(f"{external_id}-m{count}", after_s, text))
        return tuple(found)

    def _sometimes(self, share: float, least_s: int, most_s: int) -> int | None:
        return self._dice.randint(least_s, most_s) if self._dice.random() < share else None

    def _is_repeated(self, one: Complaint) -> bool:
        return one.names_order and one.story != "blackmail" and self._dice.random() < REPEATED

    def _again(self, one: Complaint) -> Complaint:
        at = one.at + timedelta(seconds=self._dice.randint(60, 600))
        return replace(
            one,
            at=at,
            opened_at=at.replace(microsecond=0) - timedelta(seconds=2),
            external_id=f"{one.external_id}r",
            text=self._wording.again(one.text, one.language)[:20_000],
            notes=(),
            twice_after_s=None,
            resent_after_s=None,
            repeat_of=one.external_id,
        )
