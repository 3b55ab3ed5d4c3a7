"""The contract of `classify`: lines that are no messages, files, exit codes."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from services.triage.classify import LONGEST_LINE, classify, main
from services.triage.messages import LONGEST_TEXT, message_of
from tests.unit.triage.classified import ANSWERING, answered, error

LONG = b"1" * 5000
"""More digits than any reader takes."""


@pytest.mark.parametrize(
    ("line", "known", "reason"),
    [
        (b"{nope", None, "no JSON"),
        (b'["id", "text"]', None, "no JSON object"),
        (b'"text"', None, "no JSON object"),
        (b'{"id": "a", "text": "\xff\xfe"}', None, "no UTF-8: byte 22"),
        (b'{"id": "a", "text": "x", "text": "y"}', "a", "stands twice"),
        (b'{"id": "a", "id": "b", "text": "y"}', None, "stands twice"),
        (b'{"id": 3, "text": "y", "order": {"opened": true, "opened": false}}', 3, "stands twice"),
        (b'{"id": 3, "text": "y", "order": {"gift": {"a": 1, "a": 1}}}', 3, "stands twice"),
        (b'{"id": 3, "text": "y", "x": NaN}', None, "no JSON"),
        (b'{"id": 3, "text": "y", "order": {"value_fen": ' + LONG + b"}}", 3, "order.value_fen: "),
        (b'{"id": ' + LONG + b', "text": "y"}', None, "id: "),
        (b"[" * 100_000, None, "no JSON"),
        ({"id": "a"}, "a", "text: "),
        ({"id": "a", "text": ""}, "a", "text: must not be empty"),
        ({"id": "a", "text": " \n"}, "a", "text: must not be empty"),
        ({"id": "a", "text": "\ufeff\u200b\u3000 \u2060\xad\t"}, "a", "text: must not be empty"),
        ({"id": "a", "text": 5}, "a", "text: "),
        ({"id": "a", "text": None}, "a", "text: "),
        ({"id": "a", "text": "a\0b"}, "a", "text: "),
        ({"id": "a", "text": "长" * (LONGEST_TEXT + 1)}, "a", "text: "),
        ({"text": "退货"}, None, "id: "),
        ({"id": None, "text": "退货"}, None, "id: "),
        ({"id": True, "text": "退货"}, None, "id: "),
        ({"id": 1.5, "text": "退货"}, None, "id: "),
        ({"id": 3, "text": "退货", "order": []}, 3, "order: must be an object"),
        ({"id": 3, "text": "退货", "order": {"value_fen": 1.5}}, 3, "order.value_fen: "),
        ({"id": 3, "text": "退货", "order": {"value_fen": True}}, 3, "order.value_fen: "),
        ({"id": 3, "text": "退货", "order": {"value_fen": -1}}, 3, "order.value_fen: "),
        ({"id": 3, "text": "退货", "order": {"gift": "yes"}}, 3, "order.gift: must be true"),
        ({"id": 3, "text": "退货", "order": {"opened": 1}}, 3, "order.opened: "),
        ({"id": 3, "text": "退货", "at": "2026-06-01T10:00:00"}, 3, "at: "),
        ({"id": 3, "text": "退货", "at": 1780000000}, 3, "at: "),
        ({"id": 3, "text": "退货", "order": {"promised_at": "soon"}}, 3, "order.promised_at: "),
    ],
)
def test_a_line_that_is_no_message_is_told(line: object, known: object, reason: str) -> None:
    found = error(line)
    assert found["id"] == known
    assert reason in found["error"]
    assert found["error"].startswith("line 1: ")
    assert "Given" not in found["error"]


def test_what_stands_where_nobody_looks_costs_nothing() -> None:
    for unknown in (b'{"a": 1, "a": 2}', b'[{"b": {"c": 1, "c": 1}}]', LONG, b"[" + LONG + b"]"):
        line = b'{"id": 1, "text": "y", "x": ' + unknown + b', "order": {"y": ' + unknown + b"}}"
        (found,) = answered(line)
        assert "error" not in found, found


def test_half_a_character_costs_itself_only() -> None:
    cut, whole = (
        message_of(b'{"id": "i", "text": "a\\%sb"}' % h).text for h in (b"ud800", b"ufffd")
    )
    assert cut == whole == "a\ufffdb"
    assert message_of(b'{"id": "i", "text": "\\ud83d\\ude00\\ud800"}').text == "😀\ufffd"
    (found,) = answered(b'{"id": "\\udc00", "text": "a\\ud800b"}')
    assert found["id"] == "\udc00"
    assert "error" not in found


def test_an_error_quotes_nobody() -> None:
    found = error({"id": "a", "text": ["13800138000"], "order": {"gift": "秘密"}})
    assert "138" not in found["error"]
    assert "秘密" not in found["error"]


def test_a_line_without_end_costs_itself_only() -> None:
    long = b'{"id": "long", "text": "' + b"x" * (2 * LONGEST_LINE) + b'"}'
    first, second, third = answered({"id": 1, "text": "退货"}, long, {"id": 3, "text": "退货"})
    assert (first["id"], third["id"]) == (1, 3)
    assert second == {"id": None, "error": f"line 2: the line is longer than {LONGEST_LINE} bytes"}


def test_editors_marks_and_blank_lines_are_no_messages() -> None:
    marked = b"\xef\xbb\xbf" + b'{"id": 1, "text": "a"}\r'
    assert [each["id"] for each in answered(marked, b"", b"  \r", {"id": 2, "text": "b"})] == [1, 2]


def test_a_mark_may_stand_before_any_line_and_blanks_of_any_script_are_none() -> None:
    mark = b"\xef\xbb\xbf"
    lines = [mark + b'{"id": %d, "text": "a"}' % number for number in range(3)]
    found = answered(lines[0], mark, "\u3000\u200b\xa0".encode(), *lines[1:], mark + b"no")
    assert [each["id"] for each in found] == [0, 1, 2, None]
    assert found[-1]["error"].startswith("line 6: the line is no JSON")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_told_once(
    encoding: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes('{"id": 1, "text": "退货"}\n{"id": 2, "text": "退货"}\n'.encode(encoding))
    assert main(["--input", str(given), "--output", str(out)]) == 2
    told = capsys.readouterr().err
    assert "UTF-16" in told
    assert "\n  → Save it as UTF-8" in told
    assert not out.exists()


def test_answers_never_replace_the_messages(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, link = tmp_path / "in.jsonl", tmp_path / "link.jsonl"
    line = b'{"id": 1, "text": "a"}\n'
    given.write_bytes(line)
    link.symlink_to(given)
    for read, written in ((given, given), (given, link), (link, given)):
        assert main(["--input", str(read), "--output", str(written)]) == 2
        assert "the same file\n  → --output names another" in capsys.readouterr().err
        assert given.read_bytes() == line
    assert link.is_symlink()


def test_a_missing_folder_is_named_and_a_long_name_works(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, away = tmp_path / "in.jsonl", tmp_path / "nope" / "x"
    given.write_bytes(b'{"id": 1, "text": "a"}\n')
    assert main(["--input", str(given), "--output", str(away / "out.jsonl")]) == 2
    assert capsys.readouterr().err.startswith(f"not classified: {away}: there is no such folder")
    long = tmp_path / ("x" * 250)
    assert main(["--input", str(given), "--output", str(long)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", long.name}


def test_each_answer_is_given_before_the_next_line_is_read() -> None:
    target = io.BytesIO()

    class Watched(io.BytesIO):
        lines = 0

        def readline(self, size: int | None = -1, /) -> bytes:
            assert target.getvalue().count(b"\n") == self.lines
            line = super().readline(size)
            self.lines += bool(line)
            return line

    source = Watched(b'{"id": 1, "text": "a"}\nno\n' * 5)
    assert classify(source, target, ANSWERING) == (10, 5)


def test_exit_code_and_output_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    words = ["--input", str(given), "--output", str(out)]
    given.write_text('{"id": 1, "text": "退货"}\n', encoding="utf-8")
    assert main(words) == 0
    assert capsys.readouterr().err == ""
    given.write_text('{"id": 1, "text": "退货"}\nno\n{"id": 3, "text": "退货"}', encoding="utf-8")
    assert main(words) == 1
    assert "1 of 3 lines" in capsys.readouterr().err
    assert [json.loads(line)["id"] for line in out.read_bytes().splitlines()] == [1, None, 3]
    given.write_text("", encoding="utf-8")
    assert main(words) == 0
    assert out.read_bytes() == b""
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}


def test_what_can_not_be_done_is_told_and_leaves_the_old_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    given.write_bytes(b"")
    out.write_text("old", encoding="utf-8")
    there = ["--input", str(given), "--output", str(out)]
    for words in (
        ["--input", str(tmp_path / "none.jsonl"), "--output", str(out)],
        ["--input", str(tmp_path), "--output", str(out)],
        [*there[:3], str(tmp_path / "none" / "out.jsonl")],
        [*there, "--policy", str(tmp_path)],
    ):
        assert main(words) == 2
        told = capsys.readouterr().err
        assert told.startswith("not classified: ")
        assert "\n  → " in told
    assert out.read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl"}


def test_a_device_is_written_to_and_stays_one() -> None:
    words = ["--input", "/dev/null", "--output", "/dev/null"]
    assert main(words) == 0
    assert Path("/dev/null").is_char_device()
