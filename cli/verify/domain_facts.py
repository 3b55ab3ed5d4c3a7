"""What lies in the services' own tables, as far as a check needs it.

`read_domains` fills it (tests by hand), the checks read it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from cli.verify.log_facts import Id


class Complaint(NamedTuple):
    """A complaint that intake took in, and the ticket that it opened or joined."""

    shop: str
    origin: str
    external: str
    ticket: str
    joined: bool


class Ticket(NamedTuple):
    """A ticket as intake keeps it."""

    ticket: str
    shop: str
    origin: str
    external: str
    order: str | None
    line: str | None
    state: str


@dataclass(slots=True, repr=False)
class Intake:
    """Tables of intake."""

    complaints: list[Complaint] = field(default_factory=list)
    tickets: list[Ticket] = field(default_factory=list)


class Clock(NamedTuple):
    """A clock as sla keeps it."""

    ticket: str
    clock: str
    generation: int
    state: str
    due_at: datetime | None
    met_at: datetime | None = None
    breached_at: datetime | None = None
    cancelled_at: datetime | None = None
    target_s: int = 0

    @property
    def key(self) -> tuple[str, str, int]:
        """Names it."""
        return self.ticket, self.clock, self.generation


class Told(NamedTuple):
    """That an event about a clock was published, as sla notes it."""

    ticket: str
    clock: str
    generation: int
    kind: str
    threshold: str
    before: bool = False
    """Before the books begin: on no topic, and no service here said it."""


@dataclass(slots=True, repr=False)
class Clocks:
    """Tables of sla. `timers` are by ticket; `armed` is what the cases believe of them."""

    clocks: list[Clock] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    timers: dict[str, datetime] = field(default_factory=dict)
    armed: dict[str, datetime] = field(default_factory=dict)

    def begun_before(self) -> set[tuple[str, str, int]]:
        """Clocks that ran already when the books began."""
        return {
            (each.ticket, each.clock, each.generation)
            for each in self.told
            if each.before and each.kind == "started"
        }


class Delivery(NamedTuple):
    """A notification as the notifier's ledger keeps it. `trail` has every state in order."""

    id: str
    shop: str
    about: str
    rule: str
    recipient: str
    step: int
    provider: str
    state: str
    trail: tuple[str, ...] = ()
    open: bool = False
    """It is still to be sent or asked about."""
    young: bool = False
    """Planned so lately that it may well be."""
    waits: bool = False
    """For the pace of the person whom it is for: due later, as a timer is."""


class Ladder(NamedTuple):
    """A ladder as the notifier keeps it; `told` is the number of the step told last."""

    id: str
    state: str
    told: int


@dataclass(slots=True, repr=False)
class Notifier:
    """Tables of the notifier."""

    deliveries: list[Delivery] = field(default_factory=list)
    ladders: list[Ladder] = field(default_factory=list)


class Head(NamedTuple):
    """A signed head of the evidence log."""

    size: int
    root: bytes
    signed_at: datetime
    key: str
    signature: bytes


@dataclass(slots=True, repr=False)
class Archive:
    """Tables of evidence, and what its leaves stand for (all of them, or a sample)."""

    log: str = ""
    size: int = 0
    frontier: bytes = b""
    indexes: array[int] = field(default_factory=lambda: array("q"))
    hashes: list[bytes] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)
    keys: dict[str, bytes] = field(default_factory=dict)
    twice: list[Id] = field(default_factory=list)
    """Events with more than one leaf."""
    records: list[tuple[int, bytes | None]] = field(default_factory=list)
    """Of the leaves looked at: the leaf hash of what lies in the object store, None: nothing."""
    objects: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    """Of the objects looked at: the name (a SHA-256) and the SHA-256 of the bytes found."""
    store_missing: str = ""
    """Why no object could be looked at; empty when they could."""
