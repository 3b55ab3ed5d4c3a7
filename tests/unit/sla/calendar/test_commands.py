"""The contract of `aftercare calendar`: one question, files of them, exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from runtime.lines import LONGEST_LINE, answer_lines
from services.sla.calendars.__main__ import answering_by, main
from tests.unit.sla.calendar.shipped import POLICIES

ANSWERING = answering_by(POLICIES)
FROM = "2026-02-13T18:00:00+08:00"


def answered(*lines: object) -> list[dict[str, Any]]:
    """The answers to lines, given as objects or bytes."""
    raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    target = io.BytesIO()
    answer_lines(io.BytesIO(b"\n".join(raw)), target, ANSWERING)
    return [json.loads(line) for line in target.getvalue().splitlines()]


def question(**more: object) -> dict[str, object]:
    return {"id": "q", "calendar": "cn-office", "from": FROM, **more}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"seconds": 3600}, {"due_at": "2026-02-14T10:00:00+08:00"}),
        ({"seconds": 0}, {"due_at": "2026-02-13T18:00:00+08:00"}),
        ({"to": "2026-02-24T09:00:00+08:00"}, {"seconds": 28_800}),
        ({"to": "2026-02-24T01:00:00Z"}, {"seconds": 28_800}),
        ({"to": FROM}, {"seconds": 0}),
        ({"from": "2026-02-24T09:00:00+08:00", "to": FROM}, {"seconds": -28_800}),
        ({"calendar": "always", "seconds": 1}, {"due_at": "2026-02-13T10:00:01+00:00"}),
        (
            {"calendar": "us-east-office", "seconds": 3600},
            {"due_at": "2026-02-13T10:00:00-05:00"},
        ),
        (
            {"calendar": "us-east-office", "from": "2026-07-01T00:00:00Z", "seconds": 1},
            {"due_at": "2026-07-01T09:00:01-04:00"},
        ),
        ({"seconds": 1, "more": "passed over"}, {"due_at": "2026-02-14T09:00:01+08:00"}),
        ({"seconds": 1, "to": None}, {"due_at": "2026-02-14T09:00:01+08:00"}),
        (
            {"from": "2026-12-31T17:59:00+08:00", "seconds": 61},
            {"due_at": "2027-01-04T09:00:01+08:00", "provisional": True},
        ),
        (
            {"from": "2026-12-31T17:59:00+08:00", "seconds": 60},
            {"due_at": "2026-12-31T18:00:00+08:00"},
        ),
    ],
)
def test_answers(asked: dict[str, object], expected: dict[str, object]) -> None:
    assert answered(question(**asked)) == [{"id": "q", **expected}]


@pytest.mark.parametrize(
    ("line", "known", "reason"),
    [
        (b"{nope", None, "no JSON"),
        (b"[1]", None, "no JSON object"),
        (b'{"id": "a", "from": "\xff"}', None, "no UTF-8: byte 22"),
        (b'{"id": "a", "from": 1, "from": 2}', "a", "stands twice"),
        (b'{"id": "a", "id": "b"}', None, "stands twice"),
        ({"calendar": "always", "from": FROM, "seconds": 1}, None, "id: Field required"),
        (question(id=True, seconds=1), None, "id: must be a text or a whole number"),
        (question(id=1.5, seconds=1), None, "id: "),
        (question(), "q", "say either seconds or to"),
        (question(seconds=1, to=FROM), "q", "say either seconds or to"),
        (question(seconds=-1), "q", "seconds: "),
        (question(seconds=1.5), "q", "seconds: "),
        (question(seconds="1"), "q", "seconds: "),
        (question(seconds=True), "q", "seconds: "),
        (question(seconds=10**30), "q", "seconds: "),
        (question(seconds=10**10), "q", "due after 2299"),
        (question(calendar="cn", seconds=1), "q", "known are always, cn-office, cn-service"),
        (question(calendar=None, seconds=1), "q", "calendar: "),
        ({"id": "q", "from": FROM, "seconds": 1}, "q", "calendar: Field required"),
        (question(**{"from": "2026-02-13T18:00:00"}, seconds=1), "q", "from: "),
        (question(**{"from": "2026-02-30T18:00:00Z"}, seconds=1), "q", "from: "),
        (question(**{"from": "2026-02-13"}, seconds=1), "q", "from: "),
        (question(**{"from": 1780000000}, seconds=1), "q", "from: "),
        (question(**{"from": "0001-01-01T00:00:00Z"}, seconds=1), "q", "from: "),
        (question(to="9999-12-31T23:59:59Z"), "q", "to: "),
    ],
)
def test_a_line_without_an_answer_is_told(line: object, known: object, reason: str) -> None:
    (found,) = answered(line)
    assert set(found) == {"id", "error"}
    assert found["id"] == known
    assert reason in found["error"]


def test_every_line_has_its_answer_in_order() -> None:
    long = b'{"id": "long", "from": "' + b"x" * (2 * LONGEST_LINE) + b'"}'
    marked = b"\xef\xbb\xbf" + json.dumps(question(id=1, seconds=1)).encode() + b"\r"
    found = answered(marked, b"", b" \r", long, question(id=3, to=FROM), b"no")
    assert [each["id"] for each in found] == [1, None, 3, None]
    assert found[1]["error"] == f"the line is longer than {LONGEST_LINE} bytes"


def test_exit_codes_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    words = ["--input", str(given), "--output", str(out)]
    given.write_text(json.dumps(question(seconds=1)) + "\n", encoding="utf-8")
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    given.write_text(json.dumps(question(seconds=1)) + "\nno\n", encoding="utf-8")
    assert main(words) == 1
    assert "1 of 2 lines have no answer" in capsys.readouterr().err
    assert len(out.read_bytes().splitlines()) == 2
    out.write_text("old", encoding="utf-8")
    for bad in (
        ["--input", str(tmp_path / "none"), "--output", str(out)],
        [*words[:3], str(tmp_path / "none" / "out.jsonl")],
        [*words, "--policy", str(tmp_path)],
    ):
        assert main(bad) == 2
        assert capsys.readouterr().err.startswith("not done: ")
    assert out.read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}
