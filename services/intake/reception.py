"""Makes commands and events of requests: masks texts, seals personal data, looks files up.

After it nothing personal is in the clear. Called by `http` before anything is stored; complaints
go through `complaints` instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from runtime.database import Database
from runtime.edge import ProblemError, validated
from runtime.sealed import PersonForgottenError, Sealer, Secret
from schemas.envelope import Payload
from schemas.orders import OrderPlaced
from schemas.persons import person_of, text_field
from schemas.tickets import Attachment
from schemas.values import Contact, Sealed
from services.intake import requests
from services.intake.domain import commands
from services.intake.domain.ticket import Ticket
from services.intake.files import known_files
from services.intake.personal import (
    Masked,
    checked,
    contact_secrets,
    forgotten,
    masked,
    sealed_contact,
    with_masked_remarks,
)
from services.intake.store import queries, ticket_of

C = TypeVar("C", bound=commands.Command)


class Reception:
    """Prepares what the desks are told."""

    def __init__(self, database: Database, sealer: Sealer, phone_region: str) -> None:
        self._database = database
        self._sealer = sealer
        self._region = phone_region

    async def message(
        self, shop: str, ticket_id: str, told: requests.MessageRequest
    ) -> commands.AddMessage:
        """The command for a customer's message."""
        said = masked(told.text)
        return commands.AddMessage(
            ticket_id=ticket_id,
            message_id=told.message_id,
            text=said.text,
            original=await self._original(shop, ticket_id, told.message_id, said),
            attachments=await self._attachments(shop, told.attachments),
            sent_at=told.sent_at,
        )

    async def reply(
        self, shop: str, ticket_id: str, told: requests.ReplyRequest
    ) -> commands.RecordReply:
        """The command for an answer or a note."""
        said = masked(told.text)
        return commands.RecordReply(
            **told.model_dump(exclude={"text"}),
            ticket_id=ticket_id,
            text=said.text,
            original=await self._original(shop, ticket_id, told.message_id, said),
        )

    async def order_event(self, shop: str, kind: type[Payload], data: Mapping[str, Any]) -> Payload:
        """An upstream event with its contact sealed and its remarks masked."""
        if kind is not OrderPlaced:
            return validated(with_masked_remarks(data), kind)
        told = validated(with_masked_remarks(data), requests.OrderPlacedRequest)
        if isinstance(told.contact, Contact):
            contact = checked(told.contact, shop, told.customer_id)
        else:
            secrets = contact_secrets(told.contact, self._region)
            boxes = await self._seal(shop, told.customer_id, secrets)
            contact = sealed_contact(boxes, told.contact.region)
        return OrderPlaced.model_validate(told.model_dump() | {"contact": contact})

    async def ticket(self, shop: str, ticket_id: str) -> Ticket | None:
        """A ticket of that shop as it is now."""
        async with self._database.single() as tx:
            rows = await tx.fetch(queries.ticket_of, ticket_id, shop)
        return ticket_of(rows[0]) if rows else None

    async def _original(
        self, shop: str, ticket_id: str, message_id: str, said: Masked
    ) -> Sealed | None:
        if said.original is None:
            return None
        ticket = await self.ticket(shop, ticket_id)
        if ticket is None:
            raise ProblemError(404, "unknown_ticket", "there is no such ticket")
        field = text_field(message_id)
        person = person_of(ticket.customer_id, ticket_id)
        return (await self._seal(shop, person, {field: said.original}))[field]

    async def _seal(self, shop: str, person: str, texts: Mapping[str, str]) -> dict[str, Sealed]:
        if not texts:
            return {}
        secrets: list[Secret] = [(person, field, text) for field, text in texts.items()]
        try:
            boxes = await self._sealer.seal_many(shop, secrets)
        except PersonForgottenError as error:
            raise forgotten() from error
        return dict(zip(texts, boxes, strict=True))

    async def _attachments(self, shop: str, hashes: Sequence[str]) -> tuple[Attachment, ...]:
        """Files by hash, in the order asked."""
        known = await known_files(self._database, [(shop, one) for one in hashes])
        if len(known) != len(set(hashes)):
            raise ProblemError(422, "unknown_file", "attachments: upload the file first")
        return tuple(known[shop, one] for one in dict.fromkeys(hashes))


def promised(ticket_id: str, told: requests.PromiseRequest) -> commands.RecordPromise:
    """The command for a promise; what is personal in its words is not kept."""
    what = masked(told.what).text[: len(told.what)]
    return commands.RecordPromise(
        **told.model_dump(exclude={"what"}), ticket_id=ticket_id, what=what
    )


def plain(kind: type[C], ticket_id: str, told: requests.Body) -> C:
    """A command whose request holds nothing personal."""
    return kind(ticket_id=ticket_id, **told.model_dump())
