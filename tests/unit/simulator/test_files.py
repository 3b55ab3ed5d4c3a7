"""Files that go in and out: customers' texts, the journal, the list of planted data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from simulator.driver import write_canaries
from simulator.journal import Journal, read
from simulator.plan import Text, TextsError, read_texts
from simulator.world import World


def test_texts_are_read_with_their_language(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    lines = [
        {"text": " the lid is broken ", "id": 7},
        {"text": "盖子坏了"},
        {"text": "ok 可以的", "lang": "zh"},
        {"text": "nul\x00here"},
    ]
    path.write_text("\n\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    assert read_texts(path) == (
        Text("the lid is broken", "en"),
        Text("盖子坏了", "zh"),
        Text("ok 可以的", "zh"),
        Text("nulhere", "en"),
    )


@pytest.mark.parametrize(
    "line", ["nonsense", "[]", '{"words": "x"}', '{"text": ""}', '{"text": 1}']
)
def test_an_unusable_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "texts.jsonl"
    path.write_text(f'{{"text": "good"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(TextsError, match="line 2"):
        read_texts(path)


def test_a_file_without_texts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "missing"):
        with pytest.raises(TextsError):
            read_texts(tmp_path / name)


def test_the_journal_gives_back_what_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "journal.jsonl"
    journal = Journal(path)
    journal.note(
        "http", "tickets", "acknowledged", "shop-a", "A1-t1", "inbox/A1",
        sent={"external_id": "A1"}, status=201, answer={"ticket_id": "t"}, tries=2,
    )  # fmt: skip
    journal.note("kafka", "OrderPlaced", "acknowledged", "shop-a", "id", "O1")
    journal.close()
    with path.open("a") as file:
        file.write('{"via":"kafka"')  # cut off
    first, second = read(path)
    assert (first.what, first.status, first.answer, first.tries) == (
        "tickets", 201, {"ticket_id": "t"}, 2,
    )  # fmt: skip
    assert second.via == "kafka"
    assert journal.counts == {("tickets", "acknowledged"): 1, ("OrderPlaced", "acknowledged"): 1}
    assert list(read(tmp_path / "missing")) == []


def test_planted_data_are_listed(small: World, tmp_path: Path) -> None:
    path = tmp_path / "canaries.jsonl"
    write_canaries(small.canaries, path)
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert len(found) == 4 * len(small.canaries)
    assert {entry["kind"] for entry in found} == {"phone", "name", "address"}
    phones = {entry["value"] for entry in found if entry["kind"] == "phone"}
    assert {person.phone for person in small.canaries} <= phones
    assert {person.spoken_phone for person in small.canaries} <= phones
