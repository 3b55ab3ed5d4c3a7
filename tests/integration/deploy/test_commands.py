"""`secrets`, `migrate`, `topics` on a real broker and database, as containers run them; and the
runbook's queries on what they made."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from devstack.plan import Options
from devstack.ports import free_port
from devstack.supervisor import Stack
from runtime.database import Database
from runtime.migrations import check_schema
from schemas.topics import SERVICES, topic_names
from tests.support.compose import ROOT

BELOW = Options(services=())
RUNBOOK = (ROOT / "docs/runbook.md").read_text(encoding="utf-8")
STATEMENT = re.compile(r"(?:(?<=`)|^)((?:SELECT|UPDATE) [^`]*?);?(?=`|$)", re.MULTILINE)


def aftercare(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """As in an image: `python -m cli.deploy`, with these variables alone."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("AFTERCARE_")}
    return subprocess.run(
        [sys.executable, "-m", "cli.deploy", *words],
        cwd=ROOT,
        env={**plain, **variables},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def passwords(folder: Path) -> dict[str, str]:
    """The variables that `migrate` gets from its mounted secrets."""
    return {
        f"AFTERCARE_PASSWORD_{service.upper()}": (folder / f"{service}_password").read_text()
        for service in SERVICES
    }


async def test_everything_that_services_need_is_prepared(run_dir: Path) -> None:
    folder = run_dir / "secrets"
    async with Stack(run_dir / "stack", BELOW) as stack:
        where = urlsplit(stack.admin_database_url)
        place = f"{where.hostname}:{where.port}{where.path}"
        made = aftercare("secrets", str(folder), "--database", place)
        assert made.returncode == 0, made.stderr
        variables = {"AFTERCARE_DATABASE_URL": stack.admin_database_url, **passwords(folder)}

        for _ in range(2):
            migrated = aftercare("migrate", **variables)
            assert migrated.returncode == 0, migrated.stderr
        topics = aftercare("topics", AFTERCARE_KAFKA_BOOTSTRAP=stack.kafka_bootstrap)
        assert topics.returncode == 0, topics.stderr

        for service in SERVICES:
            url = (folder / f"{service}_database_url").read_text()
            database = await Database.connect(url, name="test", pool=2)
            await check_schema(database, service)
            await database.close()
        admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
        await admin.start()
        assert set(topic_names()) <= set(await admin.list_topics())
        await admin.close()
        await _ask_what_the_runbook_asks(stack.admin_database_url)


async def _ask_what_the_runbook_asks(url: str) -> None:
    statements = STATEMENT.findall(RUNBOOK)
    assert len(statements) >= 5
    database = await Database.connect(url, name="test", pool=2)
    for statement in statements:
        async with database.transaction() as tx:
            await tx.script(statement)
    await database.close()


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    assert aftercare("secrets", str(folder)).returncode == 0
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "master_key").unlink()

    again = aftercare("secrets", str(folder))

    assert again.stdout.splitlines()[0] == "master_key"
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"master_key"}
    assert folder.stat().st_mode & 0o777 == 0o700
    for value in before.values():
        assert value.decode() not in again.stdout


@pytest.mark.parametrize("command", ["migrate", "topics"])
def test_what_is_missing_is_named(command: str) -> None:
    done = aftercare(command)
    assert done.returncode == 2
    assert "AFTERCARE_" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_stays_away_is_a_plain_answer() -> None:
    done = aftercare(
        "topics", "--wait-s", "1", AFTERCARE_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}"
    )
    assert done.returncode == 1
    assert "✗ the topics can't be created" in done.stderr
    assert "Traceback" not in done.stderr
