"""Takes complaints in, many at once: masks, seals and hands them to the desk `openings`.

Called by `http`, for a burst and for single complaints alike. What it takes costs few round trips
however many they are; one that is refused costs its own place only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from runtime.clock import named_id, new_id, wall_now
from runtime.database import Database
from runtime.edge import ProblemError
from runtime.gate import BusyError, Command, Gate, Outcome
from runtime.sealed import OwnedSecret, Sealer
from schemas.envelope import Envelope
from schemas.persons import person_of, text_field
from schemas.rules import RefusedError
from schemas.tickets import Attachment
from schemas.topics import LANES
from schemas.values import Lane, Sealed
from services.intake.domain import commands
from services.intake.domain.openings import PERSON_CHANGED
from services.intake.files import known_files
from services.intake.personal import Masked, contact_secrets, forgotten, masked, sealed_contact
from services.intake.policy import IntakePolicy
from services.intake.requests import TicketRequest
from services.intake.store import queries

TRIES = 5
BURSTS = 2
"""So many bursts are worked on at once: one computes while another waits for the database. More
would only lengthen the way of a single complaint."""
TOGETHER = 200
"""Single complaints that are stored together at most."""
FEW = 20
"""So few are stored together even if only some are urgent: they cost less than a transaction."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A complaint as it was sent. `event_id` is the same for every repeat of the sending."""

    shop_id: str
    event_id: UUID
    request: TicketRequest
    traceparent: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A complaint is stored: it opened a ticket, joined one, or had done so before."""

    ticket_id: str
    created: bool
    joined: bool


@dataclass(slots=True)
class _Draft:
    """A complaint on its way to a command, and in the end what became of it."""

    asked: Asked
    ticket_id: str
    said: Masked
    lane: Lane
    """By its words; what the order tells is known behind the gate only."""
    secrets: dict[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
    person: str | None = None
    boxes: dict[str, Sealed] = field(default_factory=dict)
    sealed: bool = True
    """Nothing personal is left in the clear."""
    attempt: str = ""
    end: Taken | Exception | None = None


@dataclass(slots=True)
class _Line:
    """Single complaints of one lane that wait, and the task that takes them in."""

    waiting: list[tuple[_Draft, asyncio.Future[Taken]]] = field(default_factory=list)
    task: asyncio.Task[None] | None = None


class Complaints:
    """The counter where complaints are handed in."""

    def __init__(
        self, gate: Gate, database: Database, sealer: Sealer, policy: IntakePolicy
    ) -> None:
        self.gate = gate
        self._database = database
        self._sealer = sealer
        self._region = policy.phone_region
        self._first_look = policy.first_look
        self._lines: dict[Lane, _Line] = {lane: _Line() for lane in LANES}
        self._bursts = asyncio.Semaphore(BURSTS)

    async def take_one(self, asked: Asked) -> Taken:
        """Store one complaint. Those of its lane that come meanwhile are stored together. Raises
        what `take` tells of it or raises."""
        draft = self._draft(asked)
        if isinstance(draft.end, Exception):
            raise draft.end
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Taken] = loop.create_future()
        line = self._lines[draft.lane]
        line.waiting.append((draft, done))
        if line.task is None or line.task.done():
            line.task = loop.create_task(self._serve(draft.lane))
        return await done

    async def _serve(self, lane: Lane) -> None:
        """Until nobody waits any more."""
        line = self._lines[lane]
        while line.waiting:
            some, line.waiting = line.waiting[:TOGETHER], line.waiting[TOGETHER:]
            try:
                with self.gate.way.held(lane):
                    ends = await self._settled([draft for draft, _ in some])
            except Exception as error:  # noqa: BLE001  it is for those who wait
                ends = [error] * len(some)
            for (_, done), end in zip(some, ends, strict=True):
                if done.done():
                    continue
                if isinstance(end, Exception):
                    done.set_exception(end)
                else:
                    done.set_result(end)

    async def take(self, asked: Sequence[Asked]) -> list[Taken | Exception]:
        """Store complaints; what became of each, in their order: Taken, or the ProblemError,
        RefusedError, BusyError or defect that kept it out.

        Raises DatabaseAwayError, ConflictError and BusyError for all; the same again is harmless.
        """
        async with self._bursts:
            slices = self.gate.way.slices(asked)
            drafts = [self._draft(each) async for some in slices for each in some]
            return await self._settled(drafts)

    def _draft(self, asked: Asked) -> _Draft:
        request = asked.request
        ticket_id = str(named_id("ticket", asked.shop_id, request.origin, request.external_id))
        said = masked(request.text)
        draft = _Draft(asked, ticket_id, said, self._first_look.lane_of_text(said.text))
        try:
            draft.secrets = contact_secrets(request.contact, self._region)
        except ProblemError as problem:
            draft.end = problem
        if said.original is not None:
            draft.secrets[text_field(ticket_id)] = said.original
        return draft

    async def _settled(self, drafts: Sequence[_Draft]) -> list[Taken | Exception]:
        run = new_id()
        for number, draft in enumerate(drafts):
            draft.attempt = f"{run}/{number}"
        await self._attach(drafts)
        for number in range(TRIES):
            open_ones = [draft for draft in drafts if draft.end is None]
            if not open_ones:
                break
            await self._seal(open_ones, guess=number == 0)
            parts = self._parts(open_ones)
            await asyncio.gather(*(self._submit(some, lane) for lane, some in parts.items()))
        busy = BusyError("the ticket's customer keeps changing")
        return [draft.end or busy for draft in drafts]

    def _parts(self, drafts: Sequence[_Draft]) -> dict[Lane, list[_Draft]]:
        """What goes through which line of the gate. A few go together; what is told of each
        travels in its own lane all the same, which has to have room for it."""
        lanes = {draft.lane for draft in drafts}
        if len(lanes) > 1 and len(drafts) <= FEW and self.gate.has_room("routine"):
            return {"urgent": list(drafts)}
        return {lane: [draft for draft in drafts if draft.lane == lane] for lane in lanes}

    async def _attach(self, drafts: Sequence[_Draft]) -> None:
        """Look files up. They never change, so no lock is needed."""
        wanted = [(d.asked.shop_id, one) for d in drafts for one in d.asked.request.attachments]
        if not wanted:
            return
        known = await known_files(self._database, wanted)
        for draft in drafts:
            hashes = dict.fromkeys(draft.asked.request.attachments)
            files = [known.get((draft.asked.shop_id, one)) for one in hashes]
            draft.attachments = tuple(file for file in files if file is not None)
            if len(draft.attachments) != len(hashes) and draft.end is None:
                text = "attachments: upload the file first"
                draft.end = ProblemError(422, "unknown_file", text)

    async def _seal(self, drafts: Sequence[_Draft], *, guess: bool) -> None:
        """Seal what is personal for the person whose ticket it will be; the rule checks who that
        is, for it may change meanwhile. With `guess` a customer who is named counts as that
        person without a look at the database: nearly always true."""
        personal = [draft for draft in drafts if draft.secrets]
        for draft in personal:
            draft.person = draft.asked.request.customer_id if guess else None
        await self._find_persons([draft for draft in personal if draft.person is None])
        secrets: list[OwnedSecret] = [
            (draft.asked.shop_id, draft.person or "", name, text)
            for draft in personal
            for name, text in draft.secrets.items()
        ]
        boxes = iter(await self._sealer.seal_each(secrets))
        for draft in personal:
            sealed = {name: next(boxes) for name in draft.secrets}
            draft.boxes = {name: box for name, box in sealed.items() if box is not None}
            draft.sealed = len(draft.boxes) == len(sealed)
            if not (draft.sealed or guess):
                draft.end = forgotten()

    async def _find_persons(self, drafts: Sequence[_Draft]) -> None:
        if not drafts:
            return
        requests = [draft.asked.request for draft in drafts]
        async with self._database.single() as tx:
            rows = await tx.fetch(
                queries.belongings,
                [draft.asked.shop_id for draft in drafts],
                [request.origin for request in requests],
                [request.external_id for request in requests],
                [request.order_id for request in requests],
                [request.line_id for request in requests],
            )
        for draft, row in zip(drafts, rows, strict=True):
            if row["ticket_id"] is not None:
                draft.person = person_of(row["customer_id"], row["ticket_id"])
            else:
                customer_id = draft.asked.request.customer_id or row["order_customer_id"]
                draft.person = person_of(customer_id, draft.ticket_id)

    async def _submit(self, drafts: Sequence[_Draft], lane: Lane) -> None:
        """Apply those that are sealed. Those that have to be asked again get no end."""
        ready = [draft for draft in drafts if draft.sealed and draft.end is None]
        slices = self.gate.way.slices(ready)
        told = [_command(draft) async for some in slices for draft in some]
        for draft, outcome in zip(ready, await self.gate.submit_many(told, lane), strict=True):
            draft.end = _end(outcome, draft.attempt)


def _command(draft: _Draft) -> Command:
    asked = draft.asked
    fields = asked.request.model_dump(exclude={"text", "contact", "attachments"})
    payload = commands.OpenTicket(
        **fields,
        ticket_id=draft.ticket_id,
        attempt=draft.attempt,
        text=draft.said.text,
        original=draft.boxes.get(text_field(draft.ticket_id)),
        contact=sealed_contact(draft.boxes, asked.request.contact.region),
        attachments=draft.attachments,
        sealed_for=draft.person,
    )
    event = wrapped(asked.shop_id, asked.event_id, payload)
    return Command(event, payload.content, asked.traceparent)


def wrapped(shop_id: str, event_id: UUID, payload: Any) -> Envelope[Any]:
    """A command or upstream event in its envelope."""
    return Envelope.model_construct(
        id=event_id,
        source="aftercare/intake",
        type=payload.type_name(),
        time=wall_now(),
        subject=payload.subject,
        shopid=shop_id,
        correlationid=event_id,
        causationid=None,
        schemaversion=payload.VERSION,
        autoorigin=False,
        data=payload,
    )


def _end(outcome: Outcome, attempt: str) -> Taken | Exception | None:
    """How it ended; None when it has to be asked again: the ticket turned out to be somebody
    else's, or the same sending failed in the same transaction just before (an empty answer)."""
    if isinstance(outcome, RefusedError) and outcome.code == PERSON_CHANGED:
        return None
    if isinstance(outcome, Exception):
        return outcome
    return _taken(outcome, attempt) if outcome else None


def _taken(answer: Mapping[str, Any], attempt: str) -> Taken:
    fresh = bool(answer["created"]) and answer["attempt"] == attempt
    return Taken(answer["ticket_id"], fresh, answer["joined"])
