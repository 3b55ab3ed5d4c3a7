"""Puts customers' words together from the phrases and what they are about. Called by `complaints`.

Pure but for its dice.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

from schemas.values import Language
from simulator.catalogue import Both, Catalogue, Phrases, Present, Story
from simulator.orders import Line, Order, order_host
from simulator.people import Person

Mood = Literal["calm", "annoyed", "angry"]
PERSONAL = 0.1
"""Share of texts that hold a phone, an address or a name."""
ENDS = ("！", "!", "？", "?", "。", ".")


@dataclass(frozen=True, slots=True)
class About:
    """What a complaint is about."""

    person: Person
    order: Order
    line: Line
    language: Language


class Wording:
    """Makes texts; the same dice make the same texts."""

    def __init__(self, dice: Random, phrases: Phrases, goods: Catalogue) -> None:
        self._dice = dice
        self._phrases = phrases
        self._goods = goods

    def complaint(self, story: Story, about: About) -> str:
        """A whole complaint."""
        cores = story.en if about.language == "en" and story.en else story.zh
        text = self._filled(self._dice.choice(cores), about)
        if story.person:
            return text
        mood: Mood = "calm"
        if self._dice.randrange(10) < story.mood:
            mood = "angry" if self._dice.random() < 0.3 else "annoyed"
        wish = story.demands and self._dice.random() < 0.6
        demand = self._phrases.demands[self._dice.choice(story.demands)] if wish else None
        return self._around(text, about, mood, demand)

    def present(self, present: Present, about: About) -> str:
        """A complaint about a present with a date."""
        text = self._filled(self._one(present, about.language), about)
        mood: Mood = "annoyed" if self._dice.random() < 0.5 else "calm"
        return self._around(text, about, mood, None)

    def followup(self, language: Language) -> str:
        """A further message."""
        return self._one(self._phrases.followups, language)

    def answer(self, language: Language) -> str:
        """What the customer answers when asked something."""
        return self._one(self._phrases.answers, language)

    def again(self, text: str, language: Language) -> str:
        """The same complaint once more."""
        return self._one(self._phrases.repeats, language) + text

    def _around(self, text: str, about: About, mood: Mood, demand: Both | None) -> str:
        opener = self._filled(self._one(self._phrases.openers, about.language), about)
        parts = [opener + text]
        if demand is not None:
            parts.append(self._one(demand, about.language))
        if self._dice.random() < PERSONAL:
            kind = self._dice.choices(("phone", "address", "name"), (6, 3, 1))[0]
            personal = self._one(self._phrases.personal[kind], about.language)
            parts.append(self._filled(personal, about))
        parts.append(self._one(self._phrases.closers[mood], about.language))
        return _sentences([part for part in parts if part], about.language)

    def _one(self, both: Both, language: Language) -> str:
        return self._dice.choice(both.zh if language == "zh" else both.en)

    def _filled(self, template: str, about: About) -> str:
        chinese, product = about.language == "zh", about.line.product
        colours = product.colours_zh if chinese else product.colours_en
        host = order_host(about.order, self._goods.hosts)
        gift = about.order.gift
        occasion = next((o for o in self._goods.occasions if gift and o.zh == gift.occasion), None)
        named = occasion or self._goods.occasions[0]
        return template.format(
            product=product.zh if chinese else product.en,
            colour=self._dice.choice(colours or (("深灰",) if chinese else ("dark grey",))),
            claim=product.claim_zh if chinese else product.claim_en,
            host=host.zh if chinese else host.en,
            hub=self._goods.stalled_hub if chinese else "the sorting centre",
            occasion=named.zh if chinese else named.en,
            batch=about.line.batch,
            days=self._dice.randint(3, 9),
            price=about.line.paid_fen // 100,
            quantity=max(2, about.line.quantity),
            order_id=about.order.order_id,
            phone=about.person.spoken_phone,
            address=about.person.address,
            name=about.person.name,
        )


def _sentences(parts: list[str], language: Language) -> str:
    if language == "zh":
        said = "，".join(parts)
        return said if said.endswith(ENDS) else said + "。"
    return " ".join(part if part.endswith(ENDS) else f"{part}." for part in parts)
