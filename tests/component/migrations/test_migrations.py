"""The migrations of every service, on a real database: complete, repeatable, fenced by roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.clock import new_id
from runtime.database import Database
from runtime.migrations import (
    ROOT,
    RUNTIME,
    MigrationError,
    check_schema,
    migrate,
    migrate_all,
    migrations_of,
    read_folder,
    role_of,
)
from runtime.queries import Queries
from schemas.topics import SERVICES

shape = Queries.load(Path(__file__).parent / "shape.sql")
Shape = set[tuple[str, str, str]]


async def _shape(url: str, schema: str) -> Shape:
    database = await Database.connect(url, name="shape", variables={"search_path": schema})
    try:
        async with database.transaction() as tx:
            found: Shape = set()
            for block in (shape.columns, shape.indexes, shape.constraints, shape.routines):
                rows = await tx.fetch(block, schema)
                found |= {(row["thing"], row["part"], row["shape"]) for row in rows}
            return found
    finally:
        await database.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_todays_tables_are_the_sum_of_the_migrations(service: str, database_url: str) -> None:
    mark = new_id().hex[-8:]
    grown, written = f"grown_{mark}", f"written_{mark}"
    await migrate_all(database_url, {})
    database = await Database.connect(database_url, name="setup")
    try:
        await migrate(database, grown, migrations_of(service), None, "")
        await migrate(database, written, read_folder("runtime", RUNTIME), None, "")
        today = ROOT / "services" / service / "sql" / "schema.sql"
        await migrate(
            database,
            written,
            [
                *read_folder("runtime", RUNTIME),
                type(migrations_of(service)[0])("today", "0001_today", today.read_text()),
            ],
            None,
            "",
        )
    finally:
        await database.close()
    one, other = await _shape(database_url, grown), await _shape(database_url, written)
    one = {tuple(part.replace(grown, "s") for part in row) for row in one}  # type: ignore[misc]
    other = {tuple(part.replace(written, "s") for part in row) for row in other}  # type: ignore[misc]
    assert one == other, f"services/{service}/sql/schema.sql is not what the migrations make"


async def test_migrating_twice_changes_nothing_and_fits_the_program(database_url: str) -> None:
    passwords = dict.fromkeys(SERVICES, "a-password-for-this-test")
    await migrate_all(database_url, passwords)
    before = {service: await _shape(database_url, service) for service in SERVICES}
    await migrate_all(database_url, passwords)
    database = await Database.connect(database_url, name="setup")
    try:
        for service in SERVICES:
            assert await _shape(database_url, service) == before[service]
            await check_schema(database, service)
    finally:
        await database.close()


async def test_a_changed_migration_is_refused(database_url: str) -> None:
    schema = f"changed_{new_id().hex[-8:]}"
    await migrate_all(database_url, {})
    database = await Database.connect(database_url, name="setup")
    try:
        files = read_folder("runtime", RUNTIME)
        await migrate(database, schema, files, None, "")
        edited = [type(files[0])(files[0].origin, files[0].version, files[0].text + "\n-- more")]
        with pytest.raises(MigrationError, match="was changed after it was applied"):
            await migrate(database, schema, edited, None, "")
        with pytest.raises(MigrationError, match="newer than this program"):
            await migrate(database, schema, [], None, "")
    finally:
        await database.close()


async def test_a_role_uses_its_own_schema_only_and_owns_nothing(database_url: str) -> None:
    await migrate_all(database_url, dict.fromkeys(SERVICES, ""))
    database = await Database.connect(database_url, name="setup")
    try:
        async with database.transaction() as tx:
            for service in SERVICES:
                for other in SERVICES:
                    allowed = await tx.value(shape.may_write, role_of(service), other)
                    assert allowed == (service == other), f"{service} may use {other}"
                owners = {r["tableowner"] for r in await tx.fetch(shape.owner, service)}
                assert role_of(service) not in owners
    finally:
        await database.close()


async def test_a_service_refuses_a_schema_that_does_not_fit(database_url: str) -> None:
    await migrate_all(database_url, {})
    database = await Database.connect(database_url, name="setup")
    try:
        with pytest.raises(MigrationError, match="aftercare migrate"):
            await check_schema(database, f"nobody{new_id().hex[-6:]}")
    finally:
        await database.close()
