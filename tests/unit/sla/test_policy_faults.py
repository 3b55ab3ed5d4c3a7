"""Faults of a policy: all of them at once, each with file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runtime.policy import PolicyError
from services.sla.faults import FaultyPolicyError
from services.sla.policy import load
from services.sla.workbench.lint import linted
from tests.support.sla_story import POLICIES

GOOD = (POLICIES / "sla.yaml").read_text(encoding="utf-8")
FIRST_REPLY = "      - { clock: first_reply, target_s: 3600 } # 1 h\n"
HALF = "  - percent: 50\n"
FIRST_CONTACT = "  - clock: first_contact #"


def folder(tmp_path: Path, text: str) -> Path:
    """A set of policies with that sla.yaml and the calendars that ship."""
    shutil.copytree(POLICIES / "calendars", tmp_path / "calendars")
    (tmp_path / "sla.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def told(tmp_path: Path, text: str) -> list[str]:
    """What the service says as it starts."""
    with pytest.raises(PolicyError) as refused:
        load(folder(tmp_path, text))
    return str(refused.value).splitlines()


def changed(old: str, new: str) -> str:
    """The policy that ships with one part of it replaced."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def line_of(part: str, text: str = GOOD) -> int:
    """Where that stands."""
    return text[: text.index(part)].count("\n") + 1


REPLY_AT = line_of(FIRST_REPLY)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        pytest.param(
            changed("  - level: L1\n", "  - level: L1\n    classes: [usage, logistics]\n"),
            line_of("targets:"),
            "targets: L1 has no clocks for product_mismatch, service_attitude, special",
            id="no clocks for a class and level",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "180000")),
            REPLY_AT,
            "the reply first_reply (180000 s) may take longer than the result closure (172800 s)",
            id="a reply that may take longer than the result",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "3600, warnings: [{before_s: 3601}]")),
            REPLY_AT,
            "first_reply would warn 3601 s before its end, but it has 3600 s only",
            id="a warning longer before the end than the target",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "3600, calendar: moon")),
            REPLY_AT,
            "first_reply counts by moon, which is no calendar; known are always, cn-office",
            id="a target by an unknown calendar",
        ),
        pytest.param(
            changed(FIRST_CONTACT, "  - calendar: moon\n    clock: first_contact #"),
            line_of(FIRST_CONTACT),
            "first_contact counts by moon, which is no calendar",
            id="a clock by an unknown calendar",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("target_s", "taget_s")),
            REPLY_AT,
            "targets.1.clocks.0.taget_s: not permitted: there is no such key here",
            id="an unknown key",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "one hour")),
            REPLY_AT,
            "targets.1.clocks.0.target_s: a whole number is expected",
            id="a wrong type",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "0")),
            REPLY_AT,
            "targets.1.clocks.0.target_s: it should be greater than or equal to 1",
            id="a number out of range",
        ),
        pytest.param(
            changed(FIRST_REPLY, FIRST_REPLY + FIRST_REPLY),
            REPLY_AT + 1,
            "targets.1.clocks.1: first_reply is stated twice",
            id="a clock stated twice",
        ),
        pytest.param(
            changed(HALF, HALF + HALF),
            line_of(HALF) + 1,
            "warnings.1: p50 is stated twice",
            id="a warning stated twice",
        ),
        pytest.param(
            GOOD + "urgency: [L1, L3, L2]\n",
            GOOD.count("\n") + 1,
            "urgency stands there twice",
            id="a key stated twice",
        ),
        pytest.param(
            changed("urgency: [L1, L3, L2]", "urgency: [L1, L3, L2"),
            line_of("warnings:"),
            "no YAML: ",
            id="not YAML",
        ),
        pytest.param("- L1\n", 1, "a mapping is expected at the top", id="a list"),
        pytest.param(
            GOOD + "book: {}\n",
            GOOD.count("\n") + 1,
            "book: not permitted: calendars lie in calendars/",
            id="calendars in the wrong file",
        ),
    ],
)
def test_a_fault_has_file_line_and_reason(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    faults = told(tmp_path, text)
    assert any(each.startswith(f"sla.yaml, line {line}: ") and reason in each for each in faults), (
        faults
    )


def test_what_cannot_be_read_hides_no_other_fault(tmp_path: Path) -> None:
    """Nor does it make any: a clock of which a part is wrong is there all the same."""
    text = changed("clock: first_reply # an", "cluck: 1\n    clock: first_reply # an")
    text = text.replace(
        "target_s: 900 } # 15 min\n      - { clock: sol", "target_s: x }\n      - { clock: sol"
    )
    text = text.replace("target_s: 259200", "target_s: 60")
    text = text.replace("  - clock: solution\n", "  - clock: solution\n    calendar: moon\n")
    text = text.replace("  - percent: 90\n", "  - percent: 90\n  - percent: 75\n  - percent: no\n")
    text += "breach_costs_fen: { closure: -1 }\n"
    expected = (
        "warnings.3: p75 is stated twice",
        "warnings.4.percent: a whole number is expected",
        "clocks.1.calendar: solution counts by moon, which is no calendar",
        "clocks.2.cluck: not permitted",
        "targets.0.clocks.0.target_s: a whole number is expected",
        "targets.2.clocks.0: L3 of all others: the reply human_review",
        "breach_costs_fen.closure: it should be greater than or equal to 0",
    )
    faults = [each.partition(": ")[2] for each in told(tmp_path, text)]
    for fault, start in zip(faults, expected, strict=True):
        assert fault.startswith(start)


@pytest.mark.parametrize("more", ["", "urgency: 1\n"])
def test_clocks_of_the_conversation(tmp_path: Path, more: str) -> None:
    text = changed("    warnings: [{ percent: 90 }]\n", "    warnings: [{ before_s: 3601 }]\n")
    text = text.replace("    target_s: 600 # 10 min\n", "    target_s: 600\n    calendar: moon\n")
    faults = told(tmp_path, text + more)
    late, moon = line_of("- clock: next_reply", text), line_of("    calendar: moon", text)
    start = f"sla.yaml, line {late}: conversation.1: next_reply would warn 3601 s before its end"
    assert faults[0].startswith(start)
    start = f"sla.yaml, line {moon}: conversation.2.calendar: second_line counts by moon"
    assert faults[1].startswith(start)


def test_a_set_that_cannot_be_read_leaves_no_class_without_clocks(tmp_path: Path) -> None:
    faults = told(tmp_path, changed("  - level: L3\n", "  - level: L4\n"))
    assert [each.partition(": ")[2] for each in faults] == [
        "targets.2.level: it should be 'L1', 'L2' or 'L3'"
    ]


def test_faults_of_both_files_are_told_together(tmp_path: Path) -> None:
    place = folder(tmp_path, changed(FIRST_REPLY, FIRST_REPLY.replace("3600", "3600, calendar: x")))
    (place / "calendars" / "mine.yaml").write_text(
        "calendars:\n"
        "  mine:\n"
        "    zone: Asia/Beijing\n"
        "    week:\n"
        "      mon: [09:00-12:00, 11:00-18:00]\n"
        "  empty: { zone: UTC, week: {} }\n",
        encoding="utf-8",
    )
    (place / "sla.yaml").write_text(
        (place / "sla.yaml").read_text(encoding="utf-8") + "extra: 1\n", encoding="utf-8"
    )
    with pytest.raises(FaultyPolicyError) as refused:
        load(place)
    found = {(fault.file, fault.line) for fault in refused.value.faults}
    assert ("sla.yaml", GOOD.count("\n") + 1) in found
    assert ("calendars/mine.yaml", 5) in found
    # Which calendars there are is not known while they can't be read.
    assert not any("is no calendar" in str(fault) for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"urgency: \xff\n", "sla.yaml, line 1: no UTF-8"),
        (b"a: 1\nb: &here [*here]\n", "sla.yaml: no YAML"),
        (b"a: 1\nb: [\n", "sla.yaml, line 3: no YAML"),
        (b"", "sla.yaml, line 1: a mapping is expected"),
        (b"targets: 3\nclocks: [{clock: [1]}]\nroutes: [4]\nwarnings: x\n", "sla.yaml, line 1: "),
    ],
)
def test_content_of_any_kind_is_told_of(tmp_path: Path, content: bytes, reason: str) -> None:
    place = folder(tmp_path, "")
    (place / "sla.yaml").write_bytes(content)
    with pytest.raises(FaultyPolicyError) as refused:
        load(place)
    assert any(str(fault).startswith(reason) for fault in refused.value.faults), refused.value


def test_lint_tells_the_same_as_a_document(tmp_path: Path) -> None:
    answer, code = linted(folder(tmp_path, GOOD))
    assert (code, answer["version"]) == (0, load(tmp_path).rules.version)
    assert answer["faults"] == []
    (tmp_path / "sla.yaml").write_text(GOOD + "extra: 1\n", encoding="utf-8")
    answer, code = linted(tmp_path)
    assert (code, answer["version"]) == (1, None)
    [fault] = answer["faults"]
    assert (fault["file"], fault["line"], fault["place"]) == (
        "sla.yaml", GOOD.count("\n") + 1, "extra",
    )  # fmt: skip
    assert linted(tmp_path / "nowhere")[1] == 2
