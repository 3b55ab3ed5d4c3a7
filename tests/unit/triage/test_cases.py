"""`test`: the shipped cases hold, and what does not hold is told."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.triage.classify import POLICIES
from services.triage.workbench.cases import FILE, main
from services.triage.workbench.cases import tested as judged
from services.triage.workbench.readers import Ready, ready


@cache
def shipped() -> Ready:
    """The default policy and the shipped model."""
    return ready()


def outcome(*cases: object) -> dict[str, Any]:
    """What comes of these cases: bytes as they are, the rest as JSON."""
    lines = [c if isinstance(c, bytes) else json.dumps(c).encode() for c in cases]
    return judged(lines, shipped())


def case(text: str = "热水器漏电", **expect: Any) -> dict[str, Any]:
    return {"id": "c", "text": text, "expect": expect}


def test_the_shipped_cases_hold() -> None:
    lines = (POLICIES / FILE).read_bytes().splitlines()
    answer = judged(lines, shipped())
    assert answer["failed"] == []
    assert answer["cases"] == len(lines) >= 80
    ids = Counter(json.loads(line)["id"] for line in lines)
    assert ids.most_common(1)[0][1] == 1


def test_the_shipped_cases_touch_every_level_and_route_and_most_rules_of_words() -> None:
    cases = [json.loads(line)["expect"] for line in (POLICIES / FILE).read_bytes().splitlines()]
    assert {one.get("level") for one in cases} >= {"L1", "L2", "L3"}
    named = {rule for one in cases for rule in one.get("rules", ())}
    assert {"level.safety", "level.high_value", "level.gift_order", "level.extortion"} <= named
    assert {one.get("route") for one in cases} >= {"bot", "urgent_group", "supervisor_legal"}


def test_a_case_that_holds_is_counted() -> None:
    held = case(level="L1", safety=True, rules=["level.safety"], route="urgent_group")
    answer = outcome(held, b"", b"  ")
    assert (answer["cases"], answer["passed"], answer["failed"]) == (1, 1, [])


def test_every_field_that_differs_is_told_with_its_reason() -> None:
    answer = outcome(case(level="L2", safety=True, rules=["level.safety", "level.gift_order"]))
    (failed,) = answer["failed"]
    level, rules = failed["differences"]
    assert (level["field"], level["expected"], level["got"]) == ("level", "L2", "L1")
    assert "漏电" in level["because"]
    assert (rules["field"], rules["expected"]) == ("rules", ["level.gift_order"])


def test_the_order_of_a_list_says_nothing() -> None:
    text = "我要退货，再退款"
    found = outcome(case(text, demands=[]))["failed"][0]["differences"][0]["got"]
    assert len(found) > 1
    assert outcome(case(text, demands=found[::-1]))["failed"] == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "no JSON"),
        (b"[]", "expect"),
        ({"id": 1, "text": "x"}, "expect"),
        (case(), "expect"),
        (case(levle="L1"), "no answer has a field levle"),
        (case(level="L4"), "no such value: L4"),
        (case(safety=1), "no such value: 1"),
        (case(level=["L1"]), "a single value"),
        (case(demands="refund"), "a list"),
        (case(" ", level="L2"), "text"),
    ],
)
def test_a_line_that_is_no_case_is_told(line: object, reason: str) -> None:
    answer = outcome(line, case(level="L1"))
    (failed,) = answer["failed"]
    assert reason in failed["error"]
    assert (failed["line"], answer["passed"]) == (1, 1)


def test_exit_codes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(case(level="L1")))
    assert main(["--cases", str(path)]) == 0
    path.write_text(json.dumps(case(level="L2")))
    assert main(["--cases", str(path)]) == 1
    capsys.readouterr()
    assert main(["--cases", str(tmp_path / "none")]) == 2
    assert "error" in json.loads(capsys.readouterr().out)
    assert main(["--policy", str(tmp_path), "--cases", str(path)]) == 2


def test_a_mark_before_the_first_case_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(case(level="L1")).encode())
    assert main(["--cases", str(path)]) == 0


def test_a_line_of_brackets_is_no_case() -> None:
    (failed,) = outcome(b"[" * 100_000)["failed"]
    assert "no JSON" in failed["error"]


def test_a_policy_that_is_no_text_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "triage.yaml").write_bytes(b"sign: \xff\xfe")
    (tmp_path / FILE).write_bytes(b"")
    assert main(["--policy", str(tmp_path)]) == 2
    assert "triage.yaml" in json.loads(capsys.readouterr().out)["error"]


def test_a_file_without_cases_proves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n  \n")
    assert main(["--cases", str(path)]) == 2
    assert "holds no case" in json.loads(capsys.readouterr().out)["error"]
