"""Makes commands and events of requests: masks texts, seals personal data, looks files up.

After it nothing personal is in the clear. Called by `http` before anything is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import phonenumbers

from runtime.clock import named_id, new_id
from runtime.database import Database
from runtime.edge import ProblemError, validated
from runtime.redaction import mask_text
from runtime.sealed import PersonForgottenError, Sealer, Secret, key_id
from schemas.envelope import Payload
from schemas.orders import OrderPlaced
from schemas.persons import ADDRESS, NAME, PHONE, person_of, text_field
from schemas.tickets import Attachment
from schemas.values import Contact, Sealed
from services.intake import requests
from services.intake.domain import commands
from services.intake.domain.ticket import Ticket
from services.intake.store import queries, ticket_of

C = TypeVar("C", bound=commands.Command)
MAX_TEXT = 20_000
_MASKED_ORDER_FIELDS = ("transcript", "note", "region", "occasion")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without personal data, and the text as it was if anything was taken out."""

    text: str
    original: str | None


def masked(text: str) -> Masked:
    """Mask a text. Stars may be longer than what they hide: then the masked end is cut off."""
    clean = mask_text(text)[:MAX_TEXT]
    return Masked(clean, None if clean == text else text)


class Reception:
    """Prepares what the desks are told."""

    def __init__(self, database: Database, sealer: Sealer, phone_region: str) -> None:
        self._database = database
        self._sealer = sealer
        self._region = phone_region

    async def opening(self, shop: str, asked: requests.TicketRequest) -> commands.OpenTicket:
        """The command for a complaint. Raises ProblemError; Database and sealer errors pass."""
        ticket_id = str(named_id("ticket", shop, asked.origin, asked.external_id))
        said = masked(asked.text)
        secrets = self._contact_secrets(asked.contact)
        if said.original is not None:
            secrets[text_field(ticket_id)] = said.original
        person, boxes = None, dict[str, Sealed]()
        if secrets:
            person = await self._belongs_to(shop, asked, ticket_id)
            boxes = await self._seal(shop, person, secrets)
        fields = asked.model_dump(exclude={"text", "contact", "attachments"})
        return commands.OpenTicket(
            **fields,
            ticket_id=ticket_id,
            attempt=str(new_id()),
            text=said.text,
            original=boxes.get(text_field(ticket_id)),
            contact=_contact(boxes, asked.contact.region),
            attachments=await self._attachments(shop, asked.attachments),
            sealed_for=person,
        )

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
            return validated(_with_masked_remarks(data), kind)
        told = validated(_with_masked_remarks(data), requests.OrderPlacedRequest)
        if isinstance(told.contact, Contact):
            contact = _checked(told.contact, shop, told.customer_id)
        else:
            secrets = self._contact_secrets(told.contact)
            boxes = await self._seal(shop, told.customer_id, secrets)
            contact = _contact(boxes, told.contact.region)
        return OrderPlaced.model_validate(told.model_dump() | {"contact": contact})

    async def ticket(self, shop: str, ticket_id: str) -> Ticket | None:
        """A ticket of that shop as it is now."""
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.ticket_of, ticket_id, shop)
        return ticket_of(rows[0]) if rows else None

    async def _belongs_to(self, shop: str, asked: requests.TicketRequest, ticket_id: str) -> str:
        """The person whose ticket it will be; the rule checks it, for it may change meanwhile."""
        names = (shop, asked.origin, asked.external_id, asked.order_id, asked.line_id)
        async with self._database.transaction() as tx:
            row = (await tx.fetch(queries.belongings, *names))[0]
        if row["ticket_id"] is not None:
            return person_of(row["customer_id"], row["ticket_id"])
        return person_of(asked.customer_id or row["order_customer_id"], ticket_id)

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

    def _contact_secrets(self, contact: requests.ContactRequest) -> dict[str, str]:
        phone = None if contact.phone is None else normal_phone(contact.phone, self._region)
        found = {NAME: contact.name, PHONE: phone, ADDRESS: contact.address}
        return {field: text for field, text in found.items() if text is not None}

    async def _seal(self, shop: str, person: str, texts: Mapping[str, str]) -> dict[str, Sealed]:
        if not texts:
            return {}
        secrets: list[Secret] = [(person, field, text) for field, text in texts.items()]
        try:
            boxes = await self._sealer.seal_many(shop, secrets)
        except PersonForgottenError as error:
            text = "this customer's data was erased: nothing more can be kept under the reference"
            raise ProblemError(409, "person_forgotten", text) from error
        return dict(zip(texts, boxes, strict=True))

    async def _attachments(self, shop: str, hashes: Sequence[str]) -> tuple[Attachment, ...]:
        """Files by hash, in the order asked. They never change, so no lock is needed."""
        if not hashes:
            return ()
        async with self._database.transaction() as tx:
            rows = await tx.fetch(queries.files_of, shop, list(hashes))
        known = {row["sha256"]: Attachment(**dict(row)) for row in rows}
        if not known.keys() >= set(hashes):
            raise ProblemError(422, "unknown_file", "attachments: upload the file first")
        return tuple(known[one] for one in dict.fromkeys(hashes))


def plain(kind: type[C], ticket_id: str, told: requests.Body) -> C:
    """A command whose request holds nothing personal."""
    return kind(ticket_id=ticket_id, **told.model_dump())


def normal_phone(text: str, region: str) -> str:
    """A phone number in E.164. Raises ProblemError 422."""
    problem = ProblemError(422, "invalid_phone", "contact.phone: no valid phone number")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise problem from None
    if not phonenumbers.is_valid_number(number):
        raise problem
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _contact(boxes: Mapping[str, Sealed], region: str | None) -> Contact:
    return Contact(
        name=boxes.get(NAME),
        phone=boxes.get(PHONE),
        address=boxes.get(ADDRESS),
        region=None if region is None else mask_text(region),
    )


def _checked(contact: Contact, shop: str, customer_id: str) -> Contact:
    """Boxes that a sender sealed must be this customer's, or nobody could open them."""
    key = str(key_id(shop, customer_id))
    for box in (contact.name, contact.phone, contact.address):
        if box is not None and box.key != key:
            raise ProblemError(422, "wrong_person", "contact: sealed for another customer")
    return contact


def _with_masked_remarks(data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts that people write into order events, masked wherever they stand."""
    return {name: _masked_remark(name, value) for name, value in data.items()}


def _masked_remark(name: str, value: Any) -> Any:
    if isinstance(value, str) and name in _MASKED_ORDER_FIELDS:
        return mask_text(value)[: max(MAX_TEXT, len(value))]
    if isinstance(value, dict):
        return _with_masked_remarks(value)
    return value
