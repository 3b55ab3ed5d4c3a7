"""The simulator's own data files as values: goods, people, what customers and agents write.

Read once by `world`, `driver` and tests; the files lie in data/.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from schemas.values import Channel, Demand, ProblemClass

DATA = Path(__file__).parent / "data"
Which = Literal["arrived", "moving", "stalled", "live", "any"]


class Entry(BaseModel):
    """Base of everything read here: closed, so that a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Both(Entry):
    """Texts in both languages, one of which is taken."""

    zh: tuple[str, ...] = Field(min_length=1, description="Chinese.")
    en: tuple[str, ...] = Field(min_length=1, description="English.")


class Named(Entry):
    """One text in both languages."""

    zh: str = Field(description="Chinese.")
    en: str = Field(description="English.")


class Product(Entry):
    """Something that is sold."""

    sku: str = Field(description="Stock keeping unit.")
    zh: str = Field(description="Name in Chinese.")
    en: str = Field(description="Name in English.")
    list_fen: int = Field(gt=0, description="List price of one piece, fen.")
    share: int = Field(gt=0, description="Weight among orders.")
    weight_g: int = Field(gt=0, description="Weight of one piece, grams.")
    traits: frozenset[str] = Field(description="Which complaints fit it.")
    colours_zh: tuple[str, ...] = Field(default=(), description="Colours in Chinese.")
    colours_en: tuple[str, ...] = Field(default=(), description="The same in English.")
    claim_zh: str = Field(description="What the host says of it, in Chinese.")
    claim_en: str = Field(description="The same in English.")


class Batch(Entry):
    """A production batch that went wrong."""

    sku: str = Field(description="Its product.")
    batch: str = Field(description="Number on the label.")


class Host(Entry):
    """A streamer."""

    host_id: str = Field(description="Opaque reference.")
    zh: str = Field(description="Name in Chinese.")
    en: str = Field(description="Name in English.")
    over_claims: bool = Field(description="Promises what the goods don't hold.")
    share: int = Field(gt=0, description="Weight among orders.")


class Front(Entry):
    """A sales channel and the adapter that its complaints come through."""

    channel: Channel = Field(description="Platform or shop front.")
    share: int = Field(gt=0, description="Weight among orders.")
    origin: str = Field(description="Adapter's name.")


class Crowd(Entry):
    """What names and addresses are made of."""

    surnames: str = Field(description="One character each.")
    given_one: str = Field(description="One character each.")
    given_two: tuple[str, ...] = Field(description="Two characters each.")
    places: tuple[tuple[str, str, str, str], ...] = Field(description="Province to street.")
    first_names: tuple[str, ...] = Field(description="Abroad.")
    last_names: tuple[str, ...] = Field(description="Abroad.")
    places_abroad: tuple[tuple[str, str, str], ...] = Field(description="State, city, street.")
    area_codes: tuple[str, ...] = Field(description="Of telephone numbers abroad.")


class Catalogue(Entry):
    """Content of world.yaml."""

    products: tuple[Product, ...] = Field(description="All goods.")
    bad_batch: Batch = Field(description="The batch with leaks.")
    hosts: tuple[Host, ...] = Field(description="Who streams today.")
    carriers: tuple[str, ...] = Field(description="Carrier codes.")
    hubs: tuple[str, ...] = Field(description="Carrier hubs.")
    stalled_hub: str = Field(description="Where nothing moves.")
    channels: tuple[Front, ...] = Field(description="Where orders come from.")
    watched_origins: tuple[str, ...] = Field(description="Inboxes that are watched first.")
    agents: tuple[str, ...] = Field(description="Front line.")
    supervisors: tuple[str, ...] = Field(description="Second line.")
    inspectors: tuple[str, ...] = Field(description="Outbound inspection.")
    occasions: tuple[Named, ...] = Field(description="What presents are for.")
    people: Crowd = Field(description="Customers.")


class Story(Entry):
    """A kind of complaint with its wordings."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    problem_class: ProblemClass = Field(alias="class", description="Class that it belongs to.")
    weight: float = Field(gt=0, description="Share of all complaints, per cent.")
    needs: str = Field(default="", description="Trait of the goods; empty: any goods.")
    order: Which = Field(description="Which orders it is about.")
    demands: tuple[Demand, ...] = Field(description="One of them may be asked for.")
    mood: int = Field(ge=0, le=10, description="How many of ten are annoyed or angry.")
    opened: bool | None = Field(default=None, description="The goods were opened.")
    claim: bool = Field(default=False, description="Prefers what an over-claiming host sold.")
    bad_batch: bool = Field(default=False, description="Prefers goods of the bad batch.")
    person: Literal["", "blackmailer"] = Field(default="", description="Always this one.")
    zh: tuple[str, ...] = Field(min_length=1, description="Wordings in Chinese.")
    en: tuple[str, ...] = Field(default=(), description="Wordings in English.")


class Present(Both):
    """A complaint about a present with a date."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    problem_class: ProblemClass = Field(alias="class", description="Class that it belongs to.")


class Phrases(Entry):
    """Content of complaints.yaml."""

    stories: dict[str, Story] = Field(description="Kinds of complaints.")
    presents: dict[str, Present] = Field(description="Complaints about presents.")
    openers: Both = Field(description="How they begin.")
    demands: dict[Demand, Both] = Field(description="What they ask for.")
    closers: dict[Literal["calm", "annoyed", "angry"], Both] = Field(description="How they end.")
    personal: dict[str, Both] = Field(description="Personal data in the text.")
    followups: Both = Field(description="Further messages.")
    answers: Both = Field(description="Answers to a question of the agent.")
    repeats: Both = Field(description="How a repeated complaint begins.")


class Service(Entry):
    """Content of handling.yaml."""

    bot: Both = Field(description="Answers of the assistant.")
    reply: Both = Field(description="First words of an agent.")
    solution: Both = Field(description="Offers.")
    note_review: Both = Field(description="Notes that complete the review.")
    note_flag: Both = Field(description="Notes that flag a disputed case.")
    ask: Both = Field(description="Questions to the customer.")
    reasons: dict[str, Named] = Field(description="Grounds of a decision by its outcome.")


@cache
def catalogue() -> Catalogue:
    """Goods, hosts, carriers, people."""
    return Catalogue.model_validate(_read("world.yaml"))


@cache
def phrases() -> Phrases:
    """What customers write."""
    return Phrases.model_validate(_read("complaints.yaml"))


@cache
def service() -> Service:
    """What agents write."""
    return Service.model_validate(_read("handling.yaml"))


def _read(name: str) -> object:
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))
