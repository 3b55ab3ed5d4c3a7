"""I22 finds planted personal data wherever it is looked for, in each way of writing it."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cli.verify.canaries import Canaries
from cli.verify.leaks import PIECE, Watch
from tests.support.small_system import SmallSystem
from tests.unit.verify.planted import offenders

PLANTED = (
    ("phone", "13120638643"), ("phone", "13127694538"), ("name", "郑志强"), ("name", "郑志"),
    ("name", "Frank Walsh"), ("address", "浙江省杭州市西湖区文三路3号楼2单元501室"),
)  # fmt: skip
CLEAN = "我叫郑***，电话131******43，住在西湖区***".encode()


@pytest.fixture
def watch() -> Watch:
    return Watch(Canaries(PLANTED))


def record(**changes: Any) -> Any:
    """A Kafka record with nothing in it."""
    what = {"topic": "tickets", "partition": 1, "offset": 7, "key": b"t", "value": CLEAN}
    return SimpleNamespace(**{**what, "headers": [("ce_type", b"x")], **changes})


def found(watch: Watch) -> list[tuple[str, str]]:
    return watch.leaks.found


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("phone", {"key": b"13120638643"}),
        ("name", {"value": '{"text":"我叫郑志强，急"}'.encode()}),
        ("name", {"value": json.dumps({"text": "我叫郑志强，急"}).encode()}),
        ("name", {"value": b"yours, Frank Walsh"}),
        ("address", {"value": "寄到浙江省杭州市西湖区文三路3号楼2单元501室".encode()}),
        ("phone", {"headers": [("baggage", b"caller=13127694538")]}),
        ("phone", {"headers": [("13127694538", None)]}),
    ],
)
def test_a_record_tells_it(watch: Watch, kind: str, changes: dict[str, Any]) -> None:
    watch.poll([record(offset=6), record(**changes), record(offset=8, value=None, key=None)])
    assert {kind for kind, _ in found(watch)} == {kind}
    assert {where for _, where in found(watch)} == {"tickets/1/7"}
    assert watch.leaks.looked["Kafka records"] == 3


def test_what_is_masked_or_part_of_a_longer_number_is_none(watch: Watch) -> None:
    longer = b"1780131206386430000 913120638643 131206386431 0af13120638643f"
    watch.poll([record(), record(value=longer[:-15])])
    assert found(watch) == []
    watch.poll([record(value=longer)])
    assert found(watch), "letters around a number hide nothing"


def test_texts_of_the_database_files_and_pages_are_looked_at(watch: Watch, tmp_path: Path) -> None:
    watch.words("dead letters", [("sla letter 1", "ok"), ("sla letter 2", "at 13120638643")])
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "sla.log").write_text('{"event":"x"}\n{"event":"13127694538"}\n', encoding="utf-8")
    (logs / "empty.log").touch()
    spans = tmp_path / "spans.jsonl"
    spans.write_text(json.dumps({"name": "郑志强"}) + "\n", encoding="utf-8")
    page = tmp_path / "metrics"
    page.write_text('requests_total{route="/Frank Walsh"} 1\n', encoding="utf-8")
    nowhere = tmp_path / "nowhere"
    watch.around((logs, spans, tmp_path / "gone.log"), (page.as_uri(), nowhere.as_uri()))
    assert sorted(found(watch)) == [
        ("name", page.as_uri()), ("name", "spans.jsonl:1"), ("phone", "sla letter 2"),
        ("phone", "sla.log:2"),
    ]  # fmt: skip
    assert watch.leaks.unseen == ["gone.log is not there", f"metrics: {nowhere.as_uri()} is silent"]


@pytest.mark.parametrize(
    "value",
    [
        "404-555-0163", "8611 Cedar Road, Austin", "smith", "joe.b@x", "A座3号", "3号楼2单元501室",
        "+44 20 7946", "Ng", "é", "110101199003071234",
    ],
)  # fmt: skip
def test_whatever_a_word_is_made_of_it_is_found(value: str) -> None:
    canaries = Canaries([*PLANTED, ("other", value)])
    for spelled in (value, json.dumps(value)[1:-1]):
        text = f'{{"id":"4e73f811-1233-5ded","said":"好，{spelled}。"}}'.encode()
        place = text.index(spelled.encode())
        assert list(canaries.found(text)) == [("other", place)]
        assert list(canaries.found(text.replace(spelled.encode(), b"x"))) == []


def test_the_line_is_told_far_into_a_file_too(watch: Watch, tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_bytes(
        b"nothing\n" * PIECE + "郑志强\n".encode() + b"nothing\n" * PIECE + b"13127694538"
    )
    watch.file("spans", path)
    assert found(watch) == [
        ("name", f"spans.jsonl:{PIECE + 1}"), ("phone", f"spans.jsonl:{2 * PIECE + 2}"),
    ]  # fmt: skip
    assert watch.leaks.looked["spans, bytes"] == path.stat().st_size


def test_the_verdict_names_the_place_and_never_the_datum(system: SmallSystem) -> None:
    assert system.facts.leaks is not None
    system.facts.leaks.found.append(("phone", "tickets/1/7"))
    assert offenders(system, "I22") == ("phone in the clear: tickets/1/7",)


def test_a_list_is_read_as_the_load_generator_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "canaries.jsonl"
    rows = ({"kind": kind, "value": value} for kind, value in PLANTED)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    canaries = Canaries.read(path)
    assert {kind for kind, _ in canaries.found("郑志强".encode())} == {"name"}
    with pytest.raises(ValueError, match="without any"):
        Canaries([])
