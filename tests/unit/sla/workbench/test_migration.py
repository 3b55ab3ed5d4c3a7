"""What becomes of open tickets that move to another version: told, and nothing written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.sla.workbench import migration
from services.sla.workbench.migration import previewed
from tests.unit.sla.plan_model.told import event, ticket, z
from tests.unit.sla.workbench.made_up import (
    FIRST_REPLY,
    REVIEW,
    SHIPPED,
    folder,
    head,
    kept,
    lines,
    names,
    policy,
    tickets,
)

NOW = 2_400
QUICK = (FIRST_REPLY, "first_reply, target_s: 1800")
LONG = (REVIEW, "review, target_s: 90000")


def opened(name: str, second: float, *events: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A ticket opened then."""
    return {**ticket("L2", NOW, *events, **more), "id": name, "opened_at": z(second)}


OPEN = (
    opened("old", 0),
    opened("young", 1_200),
    opened("answered", 0, event(600, "agent_replied", human=True)),
    opened("waiting", 0, event(60, "waiting", cause="customer")),
    opened("over", 0, event(60, "resolved")),
    {**opened("urgent", 0), "level": "L1", "class": "usage"},
)


def preview(new: Any, *told: dict[str, Any], now: float = NOW, **more: Any) -> dict[str, Any]:
    rows = [kept(each) for each in (told or OPEN)]
    return previewed(tickets(head(now, SHIPPED), *rows), new, **more)


def by_clock(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["clock"]: row for row in answer["by_clock"]}


def test_deadlines_that_move_and_what_is_breached_at_once(tmp_path: Path) -> None:
    answer = preview(policy(tmp_path, QUICK, LONG))
    assert (answer["read"], answer["ended"], answer["moving"]) == (6, 1, 5)
    assert answer["from"] == {SHIPPED.rules.version: 5}
    assert (answer["changed"], answer["breached_at_once"]) == (4, 2)
    assert by_clock(answer) == {
        "first_reply": {
            "clock": "first_reply", "earlier": 3, "later": 0, "starts": 0, "ends": 0,
            "breached_at_once": 2, "in_time_again": 0, "earlier_median_s": 1_800,
            "later_median_s": None,
        },
        "review": {
            "clock": "review", "earlier": 0, "later": 4, "starts": 0, "ends": 0,
            "breached_at_once": 0, "in_time_again": 0, "earlier_median_s": None,
            "later_median_s": 3_600,
        },
    }  # fmt: skip
    assert [(row["level"], row["class"], row["tickets"], row["changed"], row["breached_at_once"])
            for row in answer["by_level_and_class"]] == [
        ("L1", "usage", 1, 0, 0), ("L2", "product_mismatch", 4, 4, 2),
    ]  # fmt: skip


def test_tickets_with_a_breach_come_first(tmp_path: Path) -> None:
    new = policy(tmp_path, QUICK, LONG)
    answer = preview(new)
    assert names(answer["tickets_changed"]) == ["old", "waiting", "young", "answered"]
    assert answer["tickets_changed"][0]["clocks"][0] == {
        "clock": "first_reply",
        "generation": 1,
        "what": ["earlier", "breached_at_once"],
        "due_before": "2026-01-04T10:00:00Z",
        "due_after": "2026-01-04T09:30:00Z",
        "left_s": -600,
    }
    assert names(preview(new, most=3)["tickets_changed"]) == ["old", "waiting", "young"]
    assert names(preview(new, most=1)["tickets_changed"]) == ["old"]


def test_a_paused_clock_counts_as_if_it_went_on_now(tmp_path: Path) -> None:
    answer = preview(policy(tmp_path, LONG), OPEN[3])
    [moved] = answer["tickets_changed"][0]["clocks"]
    assert (moved["what"], moved["due_before"], moved["due_after"]) == (["later"], None, None)
    assert moved["left_s"] == 90_000 - 60
    assert by_clock(answer)["review"]["later_median_s"] == 3_600


def test_a_breach_that_was_told_stays_told_and_the_clock_runs_again(tmp_path: Path) -> None:
    answer = preview(policy(tmp_path, (FIRST_REPLY, "first_reply, target_s: 7200")),
                     {**OPEN[0], "now": z(4_000)}, now=4_000)  # fmt: skip
    [moved] = answer["tickets_changed"][0]["clocks"]
    assert (moved["what"], answer["breached_at_once"]) == (["later", "in_time_again"], 0)


def test_what_is_done_is_not_looked_at_again(tmp_path: Path) -> None:
    """An answer in time stays one, also where the new policy would have wanted it sooner."""
    early = (FIRST_REPLY, "first_reply, target_s: 60")
    answer = preview(policy(tmp_path, early), OPEN[2])
    assert (answer["moving"], answer["changed"], answer["by_clock"]) == (1, 0, [])


def test_clocks_that_only_one_of_the_versions_has(tmp_path: Path) -> None:
    other = (FIRST_REPLY, "solution, target_s: 3600")
    answer = preview(policy(tmp_path, other), OPEN[0])
    whats = {c["clock"]: c["what"] for c in answer["tickets_changed"][0]["clocks"]}
    assert whats == {"first_reply": ["ends"], "solution": ["starts"]}


def test_the_same_version_moves_nothing() -> None:
    answer = preview(SHIPPED)
    assert (answer["have_it"], answer["moving"], answer["tickets_changed"]) == (5, 0, [])


def test_only_tickets_of_one_version(tmp_path: Path) -> None:
    quick, long = policy(tmp_path / "quick", QUICK), policy(tmp_path / "long", LONG)
    rows = [kept(OPEN[0]), kept(OPEN[1], quick)]
    first = head(NOW, SHIPPED, quick)
    answer = previewed(tickets(first, *rows), long, quick.rules.version)
    assert (answer["from"], answer["other_versions"]) == ({quick.rules.version: 1}, 1)
    answer = previewed(tickets(first, *rows), long)
    assert answer["from"] == {SHIPPED.rules.version: 1, quick.rules.version: 1}


def test_tickets_that_cannot_be_planned_are_told(tmp_path: Path) -> None:
    found = tickets(
        head(NOW), kept(OPEN[0]), OPEN[1],
        {"ticket_id": "none", "policy_version": "x", "ledger": []},
    )  # fmt: skip
    answer = previewed(found, policy(tmp_path, QUICK))
    assert answer["errors"] == [
        f"policy version {SHIPPED.rules.version} is unknown",
        "ticket young: the line names no version of the policy",
    ]
    assert (answer["ended"], answer["moving"]) == (1, 0)


def test_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, new = tmp_path / "ledgers.jsonl", folder(tmp_path / "new", QUICK)
    source.write_bytes(b"".join(lines(head(NOW, SHIPPED), *map(kept, OPEN))))
    words = ["--input", str(source), "--policy", str(new)]
    assert migration.main([*words, "--most", "0", "--from", SHIPPED.rules.version]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["moving"], answer["tickets_changed"]) == (5, [])
    assert answer["now"] == "2026-01-04T09:40:00Z"
    assert migration.main([*words, "--policy", str(tmp_path)]) == 2
    assert "sla.yaml" in json.loads(capsys.readouterr().out)["error"]
