"""Migrations: numbered SQL files per schema, applied once each, checked against change.

The stack and `aftercare migrate` call `migrate_all` with an administrator's URL; a starting
service calls `check_schema` and refuses to run on an older or newer schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from runtime.database import UNHURRIED_S, Database, Tx
from runtime.queries import Queries

ROOT = Path(__file__).parent.parent
_SQL = Path(__file__).parent / "sql"
RUNTIME = _SQL / "migrations"
admin = Queries.load(_SQL / "admin.sql")
_NUMBERED = re.compile(r"^\d{4}_[a-z0-9_]+\.sql$")


class MigrationError(Exception):
    """The schema can't be brought to, or is not at, the version of this program."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `origin` is `runtime`, `keyring` or the service's name."""

    origin: str
    version: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, hex."""
        return sha256(self.text.encode()).hexdigest()


def role_of(service: str) -> str:
    """Database role of a service."""
    return f"aftercare_{service}"


def migrations_of(service: str) -> list[Migration]:
    """All files that make up a service's schema: the runtime's, then its own, in order."""
    own = ROOT / "services" / service / "sql" / "migrations"
    return [
        *read_folder("runtime", RUNTIME),
        *read_folder(service, own),
    ]


def read_folder(origin: str, folder: Path) -> list[Migration]:
    """The numbered files of a folder in order. Raises MigrationError on another name."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        if not _NUMBERED.match(path.name):
            raise MigrationError(f"{path.name}: a migration is called 0001_what_it_does.sql")
        found.append(Migration(origin, path.stem, path.read_text(encoding="utf-8")))
    return found


async def migrate_all(
    url: str,
    passwords: Mapping[str, str],
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Bring the keyring and the schema of every service in `passwords` up to date.

    `url` is an administrator's; each service gets its role with the given password (an empty one
    leaves the role's password alone). Running it again changes nothing. Raises MigrationError.
    """
    database = await Database.connect(url, name="aftercare-migrate", pool=2, patience_s=UNHURRIED_S)
    try:
        async with database.transaction() as tx:
            await tx.script(admin.ledger)
        await migrate(database, "keyring", read_folder("keyring", _SQL / "keyring"), None, "")
        for service, password in passwords.items():
            progress(service)
            await migrate(database, service, migrations_of(service), role_of(service), password)
    finally:
        await database.close()


async def migrate(
    database: Database,
    schema: str,
    migrations: Sequence[Migration],
    role: str | None,
    password: str,
) -> None:
    """Bring one schema up to date and let `role` (if any) use it. Raises MigrationError."""
    async with database.transaction() as tx:
        await tx.value(admin.lock)
        await tx.script(await tx.value(admin.enter_statement, schema))
        await _apply(tx, schema, migrations)
        if role is not None:
            await _grant(tx, schema, role, password)


async def _apply(tx: Tx, schema: str, migrations: Sequence[Migration]) -> None:
    rows = await tx.fetch(admin.applied, schema)
    applied = {(row["origin"], row["version"]): row["checksum"] for row in rows}
    for migration in migrations:
        earlier = applied.pop((migration.origin, migration.version), None)
        if earlier is None:
            await tx.script(migration.text)
            await tx.execute(
                admin.note, schema, migration.origin, migration.version, migration.checksum
            )
        elif earlier != migration.checksum:
            raise MigrationError(
                f"{schema}: {migration.origin}/{migration.version} was changed after it was "
                "applied; add a new migration instead"
            )
    if applied:
        names = ", ".join(f"{origin}/{version}" for origin, version in sorted(applied))
        raise MigrationError(f"{schema}: the database is newer than this program ({names})")


async def _grant(tx: Tx, schema: str, role: str, password: str) -> None:
    if not await tx.value(admin.role_exists, role):
        await tx.script(await tx.value(admin.create_role_statement, role))
    if password:
        await tx.script(await tx.value(admin.password_statement, role, password))
    await tx.script(await tx.value(admin.grant_statement, schema, role))
    limits = ROOT / "services" / schema / "sql" / "grants.sql"
    if limits.exists():
        await tx.script(limits.read_text(encoding="utf-8"))


async def check_schema(database: Database, service: str) -> None:
    """Raise MigrationError unless the schema is exactly at this program's version."""
    async with database.transaction() as tx:
        rows = await tx.fetch(admin.versions, service)
    there = {(row["origin"], row["version"]) for row in rows}
    wanted = {(m.origin, m.version) for m in migrations_of(service)}
    if there != wanted:
        missing = ", ".join(sorted(f"{o}/{v}" for o, v in wanted - there)) or "none"
        raise MigrationError(
            f"schema {service} does not fit this program (missing: {missing}); "
            "run 'aftercare migrate' with this version"
        )
