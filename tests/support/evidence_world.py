"""Evidence on a real database in a schema of its own, without a broker. For component tests."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from runtime.batch import Applied
from runtime.case import Message
from runtime.clock import new_id
from runtime.database import Database, Row
from runtime.fence import Fence
from runtime.inbox import digest_of
from runtime.migrations import migrate, migrate_all, migrations_of
from runtime.service import Service
from schemas.envelope import Envelope, parse_object
from services.evidence.app import Evidence, assemble
from services.evidence.archive import Archive
from services.evidence.audit import Audit
from services.evidence.blobs import Blobs, path_of
from services.evidence.domain.keys import case_key
from services.evidence.report import Report
from services.evidence.settings import EvidenceSettings
from services.evidence.signing import Signer
from services.evidence.verification import Verifier

MASTER_KEY = base64.b64encode(b"m" * 32).decode()
SEED = b"s" * 32
POLICIES = Path("policies/default")


@dataclass(slots=True)
class World:
    """A running evidence service whose batches, heads and file checks the test drives."""

    parts: Evidence
    database: Database
    schema: str
    objects: Path
    pinned: bytes | None = field(default_factory=lambda: Signer(SEED).public_key)

    async def take(self, *events: Envelope[Any]) -> Applied:
        """One batch as the pump would apply it."""
        return await self.parts.archive.records(messages(events), [], Fence({}, {}), {})

    async def upload(self, raw: bytes) -> None:
        """What intake does with a file."""
        await Blobs(str(self.objects)).put(sha256(raw).digest(), raw)

    def place_of(self, digest: bytes) -> Path:
        """Where an object lies."""
        return self.objects / path_of(digest)

    def bytes_of(self, digest: bytes) -> bytes:
        """An object as it lies on the disk."""
        return self.place_of(digest).read_bytes()

    def overwrite(self, digest: bytes, content: bytes | None) -> None:
        """Put other bytes in an object's place; None takes it away."""
        if content is None:
            self.place_of(digest).unlink()
        else:
            self.place_of(digest).write_bytes(content)

    def block(self) -> None:
        """Make every write to the object store fail."""
        (self.objects / "sha256").write_bytes(b"in the way")

    def unblock(self) -> None:
        """Let the object store work again."""
        (self.objects / "sha256").unlink()

    async def rows(self, sql: str, *values: object) -> Sequence[Row]:
        """As the owner of everything."""
        async with self.database.single() as tx:
            return await tx.fetch(sql, *values)

    async def count(self, table: str) -> int:
        """Rows of a table."""
        count: int = (await self.rows(f"SELECT count(*) FROM {table}"))[0][0]
        return count

    async def published(self) -> list[dict[str, Any]]:
        """Data of the events in the outbox, in order."""
        sql = "SELECT value FROM outbox ORDER BY seq"
        return [decoded(row["value"])["data"] for row in await self.rows(sql)]

    def verifier(self) -> Verifier:
        """A fresh one: nothing it read before is remembered."""
        return Verifier(Archive(self.database), Blobs(str(self.objects)), self.pinned)

    async def verify(self, ticket: str) -> Report:
        """The ticket's report."""
        return await self.verifier().ticket(ticket)

    async def audit(self) -> Report:
        """The whole log's report."""
        return await Audit(Archive(self.database), self.verifier(), key_pinned=True).run()


def decoded(raw: bytes) -> dict[str, Any]:
    """A record value as a dictionary."""
    return parse_object(raw)


def messages(events: Sequence[Envelope[Any]]) -> list[Message]:
    """Events as the pump hands them to an applier."""
    made = []
    for event in events:
        raw = event.to_json()
        made.append(Message(event.id, case_key(event), event, digest_of(raw), raw, "test"))
    return made


def settings(url: str, objects: Path) -> EvidenceSettings:
    """With keys for tests; the broker is never called."""
    return EvidenceSettings(
        kafka_bootstrap="127.0.0.1:1",
        database_url=SecretStr(url),
        master_key=SecretStr(MASTER_KEY),
        policy_dir=POLICIES,
        object_store=str(objects),
        evidence_signing_key=SecretStr(base64.b64encode(SEED).decode()),
    )


@asynccontextmanager
async def world(url: str, objects: Path) -> AsyncIterator[World]:
    """A new schema and a service on it, gates running, nothing else."""
    schema = f"evidence_{new_id().hex[-12:]}"
    await lay_out(url, schema)
    async with instance(url, schema, objects) as running:
        yield running


async def lay_out(url: str, schema: str) -> None:
    """Evidence's tables under another name, so that tests don't meet."""
    await migrate_all(url, {})
    plain = await Database.connect(url, name="evidence-setup")
    try:
        await migrate(plain, schema, migrations_of("evidence"), None, "")
    finally:
        await plain.close()


@asynccontextmanager
async def instance(url: str, schema: str, objects: Path) -> AsyncIterator[World]:
    """One instance of the service on a schema that is there."""
    config = settings(url, objects)
    variables = {"search_path": schema}
    database = await Database.connect(url, name="evidence", pool=6, variables=variables)
    service = Service("evidence", config, database, automatic=True)
    parts = await assemble(service, config)
    parts.files.start()
    await parts.keeper.begin()
    try:
        yield World(parts, database, schema, objects)
    finally:
        await parts.files.stop()
        service.telemetry.close()
        await database.close()
