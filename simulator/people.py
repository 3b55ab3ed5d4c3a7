"""Customers: invented names, phones and addresses. Called by `orders`; pure but for its dice."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from schemas.values import Language
from simulator.catalogue import Crowd

MOBILE_PREFIXES = ("131", "135", "136", "138", "139", "150", "152", "158", "186", "188", "189")
"""None that a count of milliseconds or seconds since 1970 begins with."""
RETURNING = 0.25
"""Share of orders by somebody who has ordered before."""


@dataclass(frozen=True, slots=True)
class Person:
    """A customer, in the clear: only the simulator knows them so."""

    customer_id: str
    name: str
    phone: str
    """E.164."""
    address: str
    region: str
    language: Language

    @property
    def spoken_phone(self) -> str:
        """As they write it themselves."""
        if self.phone.startswith("+86"):
            return self.phone.removeprefix("+86")
        area, exchange, line = self.phone[2:5], self.phone[5:8], self.phone[8:]
        return f"{area}-{exchange}-{line}"


class People:
    """Hands out customers; some come back."""

    def __init__(self, dice: Random, crowd: Crowd, prefix: str) -> None:
        self._dice = dice
        self._crowd = crowd
        self._prefix = prefix
        self._known: dict[Language, list[Person]] = {"zh": [], "en": []}
        self._phones: set[str] = set()

    def customer(self, language: Language) -> Person:
        """Somebody new, or somebody who was here before."""
        known = self._known[language]
        if known and self._dice.random() < RETURNING:
            return self._dice.choice(known)
        person = self.newcomer(language)
        known.append(person)
        return person

    def newcomer(self, language: Language) -> Person:
        """Somebody new who does not come back by chance."""
        number = f"{self._prefix}{len(self._phones) + 1:06d}"
        return self._abroad(number) if language == "en" else self._at_home(number)

    def _at_home(self, number: str) -> Person:
        dice, crowd = self._dice, self._crowd
        given = (
            dice.choice(crowd.given_two) if dice.random() < 0.7 else dice.choice(crowd.given_one)
        )
        province, city, district, street = dice.choice(crowd.places)
        house = f"{dice.randint(1, 60)}号楼{dice.randint(1, 6)}单元{dice.randint(101, 2912)}室"
        return Person(
            customer_id=number,
            name=dice.choice(crowd.surnames) + given,
            phone=self._unused_phone(),
            address=f"{province}{city}{district}{street}{house}",
            region=province,
            language="zh",
        )

    def _abroad(self, number: str) -> Person:
        dice, crowd = self._dice, self._crowd
        state, city, street = dice.choice(crowd.places_abroad)
        # Numbers that are kept free for fiction; there are few, so families share them.
        phone = f"+1{dice.choice(crowd.area_codes)}55501{dice.randint(0, 99):02d}"
        self._phones.add(number)
        return Person(
            customer_id=number,
            name=f"{dice.choice(crowd.first_names)} {dice.choice(crowd.last_names)}",
            phone=phone,
            address=f"{dice.randint(10, 9899)} {street}, {city}",
            region=state,
            language="en",
        )

    def _unused_phone(self) -> str:
        while True:
            digits = f"{self._dice.choice(MOBILE_PREFIXES)}{self._dice.randrange(10**8):08d}"
            if digits not in self._phones:
                self._phones.add(digits)
                return f"+86{digits}"
