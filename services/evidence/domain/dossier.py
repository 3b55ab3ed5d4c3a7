"""Values of the archive's desk: dossiers, records, items, links, wanted files. Pure.

`store` loads and saves them, `rules` decides on them. Tuples with names: they are made for every
event, and a frozen dataclass of this width costs six times as much.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal, NamedTuple
from uuid import UUID

from pydantic import BaseModel, Field

from schemas.envelope import Payload
from schemas.evidence import EvidenceArchived, ItemKind
from schemas.values import Count, Label, Ordinal, Ref

FileState = Literal["wanted", "archived", "missing", "altered", "too_large"]
Outcome = Literal["found", "missing", "altered", "too_large"]
NONE: Mapping[Any, Any] = MappingProxyType({})


class Record(NamedTuple):
    """Bytes to keep as they came, with the attributes that they are found by."""

    event_id: UUID
    type: str
    correlation: UUID
    body: bytes


class Item(NamedTuple):
    """A record that becomes a leaf. `ticket_id` is none where a dossier serves several tickets.

    `links` are (dossier, ticket) pairs that this record is the ground of: what is in that dossier
    is evidence of that ticket.
    """

    record: Record
    key: str
    kind: ItemKind
    ticket_id: str | None = None
    links: tuple[tuple[str, str], ...] = ()


class WantedFile(NamedTuple):
    """A file that a ticket's event names by its hash."""

    ticket_id: str
    sha256: str
    media_type: str
    size_bytes: int
    event_id: UUID
    correlation: UUID


class FileVerdict(NamedTuple):
    """What becomes of a wanted file; `wait_s` seconds until it is looked for again."""

    ticket_id: str
    sha256: str
    state: FileState
    wait_s: int = 0


class FileChecked(Payload):
    """The object store was asked for a wanted file. Made by the file checker, never on Kafka."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the bytes, hex.")
    media_type: Label = Field(description="Media type that intake found.")
    size_bytes: Count = Field(description="Size of the object, bytes; 0 when it is missing.")
    event_id: UUID = Field(description="Event that named the file.")
    outcome: Outcome = Field(description="What was found.")
    tries: Ordinal = Field(description="Counts the looks, from 1.")


class CoveredByHead(Payload):
    """What came under a signed head for one ticket. Made by the announcer, never on Kafka."""

    TOPIC: ClassVar[str] = "commands"
    SUBJECT: ClassVar[str] = "ticket_id"

    ticket_id: Ref = Field(description="Ticket.")
    news: tuple[EvidenceArchived, ...] = Field(description="To be published: one of each kind.")


class EvidenceRules(BaseModel):
    """The part of the policy that is the shop's to decide."""

    head_interval_s: float = Field(gt=0, description="Real seconds between two signed heads.")
    announce_latest_s: float = Field(
        gt=0, description="Announcing waits so long at most while the log grows fast; real seconds."
    )
    calm_leaves: int = Field(
        ge=1, description="The log grows fast when an interval brings more leaves than this."
    )
    segment_max_bytes: int = Field(ge=4096, description="Largest segment object, bytes.")
    file_max_bytes: int = Field(ge=1, description="Larger files are noted, not archived; bytes.")
    file_retry_s: tuple[int, ...] = Field(
        min_length=1, description="Real seconds before each new look for a missing file."
    )


class Dossier(NamedTuple):
    """Everything about one ticket, order or stream product, as far as a batch touches it.

    The first block is stored, the second comes with a batch, the third goes to the store.
    While `ticket_ids` is empty nothing is disputed and records are only kept as a trail. Until a
    ticket's own event came, a dossier that holds notifications alone may be either's.
    """

    key: str
    shop_id: str
    version: int = 0
    is_ticket: bool = False
    ticket_ids: tuple[str, ...] = ()
    session_id: str | None = None
    skus: tuple[str, ...] = ()

    raw: Mapping[UUID, bytes] = NONE
    trail: tuple[Record, ...] = ()
    file_states: Mapping[tuple[str, str], FileState] = NONE

    changed: bool = False
    emptied: bool = False
    kept: tuple[Record, ...] = ()
    files: tuple[WantedFile, ...] = ()
    verdicts: tuple[FileVerdict, ...] = ()
    items: tuple[Item, ...] = ()

    def plus(self, *items: Item) -> Dossier:
        """With more items. As `_replace`, but in a fifth of the time: every event comes by here."""
        return Dossier(*self[:-1], (*self.items, *items))
