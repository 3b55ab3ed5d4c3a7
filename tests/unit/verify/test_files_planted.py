"""Violations in the files that are read, the providers' record and the load's book, are found."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.verify.collect import _read_files
from cli.verify.target import Target
from devstack.standins.records import RecordFile
from simulator.journal import Journal
from tests.support.small_system import SHOP, SmallSystem
from tests.unit.verify.conftest import OPEN_TICKET, SMS_ID, sms
from tests.unit.verify.planted import broken_codes, offenders


@pytest.fixture
def target(system: SmallSystem, tmp_path: Path) -> Target:
    """The system's files as their writers write them."""
    facts = system.facts
    assert facts.sends is not None
    assert facts.journal is not None
    record, book = RecordFile(tmp_path / "standins.jsonl"), tmp_path / "journal.jsonl"
    record.append(*facts.sends)
    record.close()
    book.write_text("".join(sent.model_dump_json() + "\n" for sent in facts.journal))
    facts.sends, facts.journal = None, None
    return Target("", "", standins_record=tmp_path / "standins.jsonl", journal=book)


def test_nothing_is_lost_on_the_way(system: SmallSystem, target: Target) -> None:
    _read_files(target, system.facts)
    assert broken_codes(system) == []


def test_a_message_stands_twice_in_the_providers_record(
    system: SmallSystem, target: Target
) -> None:
    assert target.standins_record is not None
    record = RecordFile(target.standins_record)
    record.append(sms())
    record.close()
    _read_files(target, system.facts)
    assert f"accepted 2 times: {SMS_ID}" in offenders(system, "I14")


def test_a_promise_stands_in_the_book_and_was_not_kept(system: SmallSystem, target: Target) -> None:
    assert target.journal is not None
    book = Journal(target.journal)
    book.note(
        "http", "messages", "acknowledged", SHOP, "m-lost", OPEN_TICKET,
        sent={"message_id": "m-lost"}, status=200,
    )  # fmt: skip
    book.close()
    _read_files(target, system.facts)
    assert "acknowledged and lost: messages m-lost" in offenders(system, "I28")
