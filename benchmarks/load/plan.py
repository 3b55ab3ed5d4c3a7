"""What the load process is told to do, as values that travel over its standard input.

Filled in by the benchmarks, read by `__main__`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.values import Instant

Mix = Literal["all", "routine", "urgent"]
"""Which complaints: as they come, without the urgent ones, or those alone."""
Way = Literal["single", "batch"]
"""How they enter: one request each, or several to a request."""
MAX_BATCH = 500


class Values(BaseModel):
    """Base of all that travels."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Place(Values):
    """The system that gets the load, and where the record of it goes."""

    kafka_bootstrap: str = Field(description="Broker that orders are put on.")
    intake_url: str = Field(description="Where complaints are posted.")
    resolution_url: str = Field(default="", description="Where decisions are; empty: nowhere.")
    database_url: str = Field(description="Of a role that may use the keyring.")
    master_key: str = Field(description="Wraps the keys of persons.")
    shop: str = Field(description="Whose complaints they are.")
    secret: str = Field(description="The shop's signing secret.")
    now_at: Instant = Field(description="Business time: the orders lie around it.")
    journal: str = Field(description="File that every acknowledgement is written to.")


class Followed(Values):
    """How complaints that were acknowledged are followed up: messages, replies, decisions."""

    share: float = Field(default=0.3, ge=0, le=1, description="Of the complaints.")
    decided: float = Field(default=0.7, ge=0, le=1, description="Of these, with a decision.")
    twice: float = Field(default=0.2, ge=0, le=1, description="Of the requests are sent twice.")
    apart_s: float = Field(default=1.0, gt=0, description="From an answer to the next request.")
    connections: int = Field(default=16, ge=1, le=200, description="To each service at most.")


class Stream(Values):
    """One sender's complaints. Its connections are its own, like those of one platform."""

    name: str = Field(default="tickets", description="Stands in the outcome.")
    count: int = Field(ge=1, description="Complaints.")
    per_s: float = Field(
        default=0.0, ge=0, description="Planned arrivals a second, at random; 0: all at once."
    )
    mix: Mix = Field(default="all", description="Which complaints.")
    way: Way = Field(default="batch", description="How they enter.")
    batch: int = Field(default=1, ge=1, le=MAX_BATCH, description="Complaints that arrive as one.")
    connections: int = Field(default=4, ge=1, le=200, description="Requests under way at most.")
    after_s: float = Field(default=0.0, ge=0, description="Begins so long behind the start.")
    even: bool = Field(default=False, description="Arrivals at equal distances, not at random.")
    names_orders: bool = Field(default=True, description="False: contact data instead of orders.")
    distinct: int = Field(
        default=0, ge=0, description="So many wordings, told again by others; 0: each its own."
    )
    twice: float = Field(
        default=0.0, ge=0, le=1, description="Share that is sent twice, with the same webhook id."
    )
    followed: Followed | None = Field(default=None, description="What comes after; None: nothing.")


class Plan(Values):
    """One run of the load. The same seed makes the same complaints, so each run has its own."""

    place: Place = Field(description="Where to.")
    streams: tuple[Stream, ...] = Field(min_length=1, description="All at the same time.")
    seed: int = Field(ge=1, description="Of complaints and arrivals.")
    orders: bool = Field(
        default=True,
        description="The orders are on the bus before; else a complaint brings its contact data.",
    )
    give_up_s: float = Field(default=30.0, gt=0, description="A request is tried for so long.")
    canaries: str = Field(
        default="", description="File for the personal data that is in it; empty: none."
    )


class Arrival(Values):
    """One complaint and what became of it at the edge; times in seconds since 1970."""

    stream: str = Field(description="Which stream.")
    ticket_id: str = Field(description="Empty: never acknowledged.")
    planned_s: float = Field(description="When it was to arrive.")
    acknowledged_s: float = Field(description="When the answer was there; 0: never.")


class Outcome(Values):
    """What one run sent."""

    started_s: float = Field(description="The moment that plans count from, since 1970.")
    arrivals: tuple[Arrival, ...] = Field(description="In the order in which they were planned.")
    tries: int = Field(description="Requests, repeats included.")
    statuses: dict[int, int] = Field(description="Answers by HTTP status; 0: none came.")
    cpu_s: float = Field(description="CPU seconds of the process while it sent.")
    orders: int = Field(description="Orders that were placed before.")
    followed: dict[str, int] = Field(
        default_factory=dict,
        description="Follow-ups by their end, as in the journal.",
    )
    differed: int = Field(
        default=0, description="Repeats of any kind that ended otherwise than what they repeat."
    )

    def of(self, stream: str) -> tuple[Arrival, ...]:
        """Those of one stream."""
        return tuple(each for each in self.arrivals if each.stream == stream)

    @property
    def lost(self) -> int:
        """Complaints that were never acknowledged."""
        return sum(not each.ticket_id for each in self.arrivals)

    @property
    def unheard(self) -> int:
        """Follow-ups that were never acknowledged."""
        return sum(self.followed.values()) - self.followed.get("acknowledged", 0)
