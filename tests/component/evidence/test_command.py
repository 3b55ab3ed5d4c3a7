"""`aftercare evidence` as its user meets it: a process of its own, exit codes, JSON and tables."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.evidence import app
from runtime.clock import new_id
from runtime.migrations import migrate_all
from tests.support.evidence_story import PHOTO, Story, attachment
from tests.support.evidence_world import World, instance


@pytest.fixture
async def archive(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """An instance on the schema that the command reads, and the environment that leads there."""
    objects = tmp_path / "objects"
    await migrate_all(database_url, {"evidence": ""})
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", database_url)
    monkeypatch.setenv("AFTERCARE_OBJECT_STORE", str(objects))
    monkeypatch.delenv("AFTERCARE_EVIDENCE_PUBLIC_KEY", raising=False)
    async with instance(database_url, "evidence", objects) as running:
        yield running
        await running.parts.keeper.stop()


@pytest.fixture
async def story(archive: World) -> Story:
    """A ticket that nobody else has, archived and signed."""
    made = Story(number=new_id().int >> 64, session=None)
    await archive.upload(PHOTO)
    await archive.take(made.placed(), made.opened(files=(PHOTO,)), made.triaged())
    await archive.parts.checker.step()
    await archive.parts.keeper.step()
    return made


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.output


async def test_a_whole_ticket_is_proved(story: Story) -> None:
    code, output = run("verify", story.ticket)
    assert code == 0, output
    assert "Proved" in output
    assert "TicketOpened" in output
    code, output = run("verify", story.ticket, "--json")
    answer: dict[str, Any] = json.loads(output)
    assert (code, answer["verdict"], answer["files"]) == (0, "proved", 1)
    assert [item["type"] for item in answer["items"]] == [
        "TicketOpened",
        "OrderPlaced",
        "Triaged",
        "file",
    ]


async def test_a_lost_file_breaks_the_proof(story: Story, archive: World) -> None:
    archive.overwrite(bytes.fromhex(attachment(PHOTO).sha256), None)
    code, output = run("verify", story.ticket)
    assert code == 1
    assert "BROKEN" in output
    assert "file missing" in output


async def test_a_ticket_without_evidence(story: Story) -> None:
    code, output = run("verify", "T-nobody")
    assert (code, output.strip()) == (1, "There is no evidence of ticket T-nobody.")


async def test_the_newest_head(story: Story) -> None:
    code, output = run("head", "--json")
    head = json.loads(output)["head"]
    assert code == 0
    assert head["tree_size"] >= 4
    code, output = run("head")
    assert code == 0
    assert str(head["tree_size"]) in output


async def test_what_can_not_be_checked_is_not_called_broken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, output = run("verify", "T-1")
    assert code == 2
    assert "not checked" in output
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "")
    monkeypatch.setenv("AFTERCARE_RUN_DIR", str(tmp_path))
    code, output = run("head")
    assert code == 2
    assert "nothing ever ran in" in output
