"""The demo's numbers: each event once, a breach stays, percentiles, lag and age from offsets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli.demo.board import Board
from cli.demo.gauges import Ends, Gauge
from cli.demo.run import MARK
from cli.demo.summary import Check, Summary, answers_of, counts_of, percentile
from cli.demo.table import show
from cli.demo.tally import Tally
from devstack.folder import made_empty
from devstack.problems import StackError
from devstack.standins.records import SendRecord
from schemas.registry import BY_TYPE


@dataclass(frozen=True)
class Record:
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]
    timestamp: int


def record(name: str, key: str, at_ms: int, number: str, **data: Any) -> Record:
    full = next(full for full in BY_TYPE if full.endswith(f".{name}"))
    headers = [("ce_type", full.encode()), ("ce_id", number.encode())]
    return Record(key.encode(), json.dumps({"data": data}).encode(), headers, at_ms)


def clock(name: str, number: str, at_ms: int = 0) -> Record:
    return record(name, "t1", at_ms, number, clock="first_reply", generation=1, level="L2")


def test_each_event_counts_once() -> None:
    tally = Tally()
    triaged = record("Triaged", "t1", 30, "e2", problem_class="usage", level="L2")
    for each in (record("TicketOpened", "t1", 10, "e1"), triaged, triaged):
        tally.take(each)
    tally.take(record("Triaged", "t1", 50, "e3", problem_class="logistics", level="L1"))
    counts = counts_of(tally)
    assert counts["by_class_and_level"] == {"logistics": {"L1": 1}}
    assert counts["tickets"] == 1
    (hop,) = counts["hops"]
    assert (hop.name, hop.p50_ms, hop.most_ms) == ("opened → triaged", 20, 20)


def test_a_late_clock_keeps_its_breach_and_order_does_not_matter() -> None:
    for names in (("ClockStarted", "SLABreached", "ClockMet"), ("SLABreached", "ClockStarted")):
        tally = Tally()
        for number, name in enumerate(names):
            tally.take(clock(name, f"e{number}"))
        assert counts_of(tally)["clocks"] == {"L2": {"breached": 1}}


def test_messages_and_evidence_are_counted() -> None:
    tally = Tally()
    tally.take(record("TicketOpened", "t1", 10, "e1"))
    tally.take(record("NotificationAccepted", "t1", 25, "e2", provider="wecom"))
    tally.take(record("NotificationFailed", "o1", 30, "e3", provider="aliyun_sms", code="x"))
    tally.take(record("CareDue", "o1", 30, "e4", care_step="after_shipping"))
    tally.take(record("EvidenceArchived", "t1", 40, "e5", count=3))
    tally.take(record("SLAWarning", "t1", 41, "e6"))
    tally.take(record("Resolved", "t1", 42, "e7", outcome="refund"))
    counts = counts_of(tally)
    assert counts["notifications"] == {"wecom": {"accepted": 1}, "aliyun_sms": {"failed": 1}}
    assert (counts["archived"], counts["warnings"]) == (3, 1)
    assert counts["failures"] == {"aliyun_sms x": 1}
    assert counts["care"] == {"after_shipping": 1}
    assert counts["outcomes"] == {"refund": 1}
    assert {hop.name: hop.p99_ms for hop in counts["hops"]} == {
        "opened → first message accepted": 15,
        "opened → archived": 30,
    }


def test_percentiles() -> None:
    times = list(range(1, 201))
    assert [percentile(times, share) for share in (50, 95, 99, 100)] == [100, 190, 198, 200]
    assert percentile([7], 50) == 7


def test_what_providers_answered() -> None:
    at = datetime(2026, 3, 6, tzinfo=UTC)
    sends = [
        SendRecord("wecom", at, True, "0"),
        SendRecord("wecom", at, False, "45009"),
        SendRecord("wecom", at, True, "0", kind="ask"),
    ]
    assert answers_of(sends) == {"wecom": {"accepted": 1, "refused 45009": 1}}


def test_the_age_of_what_waits_comes_from_how_the_end_moved() -> None:
    ends = Ends()
    for now_s, end in ((10.0, 0), (11.0, 5), (12.0, 5), (13.0, 9)):
        ends.note(now_s, end)
    assert ends.since_s(0, 20.0) == 9.0
    assert ends.since_s(5, 20.0) == 7.0
    assert ends.since_s(9, 20.0) == 0.0


def summary(**changed: Any) -> Summary:
    tally = Tally()
    tally.take(record("Triaged", "t1", 30, "e2", problem_class="usage", level="L2"))
    whole: dict[str, Any] = {
        "seed": 1, "fingerprint": "f", "orders": 5, **counts_of(tally), "providers": {},
        "checks": (Check("I1", "all there", "holds", {"tickets": 1}),), "requests": {},
        "records": {"orders": 5}, "killed": (), "restarts": {}, "took_s": {"stream": 1.0},
        "cpu_s": {},
    }  # fmt: skip
    return Summary(**(whole | changed))


def shown(found: Summary) -> str:
    console = Console(width=160, record=True, file=StringIO())
    show(found, console)
    return console.export_text()


def test_only_judged_and_unbroken_holds() -> None:
    assert summary().holds
    assert "✓ 1 tickets; all 1 invariants hold" in shown(summary())
    broken = Check("I2", "no ticket twice", "broken", {}, ("twice: t1",))
    assert not summary(checks=(broken,)).holds
    assert "broken: I2" in shown(summary(checks=(broken,)))
    assert "twice: t1" in shown(summary(checks=(broken,)))
    assert not summary(checks=()).holds
    assert not summary(problem="it did not drain").holds
    assert "it did not drain" in shown(summary(problem="it did not drain"))


def test_the_board_shows_what_was_counted() -> None:
    board = Board(gauges={"sla": Gauge(12.0, 7, 1.5)})
    board.tally.take(record("Triaged", "t1", 30, "e2", problem_class="usage", level="L2"))
    assert "L2 1" in board.line()
    assert "lag sla:7" in board.line()
    console = Console(width=120, record=True, file=StringIO())
    console.print(board.picture())
    assert "1.5 s" in console.export_text()


def test_a_demo_empties_only_its_own_folder(tmp_path: Path) -> None:
    mine = made_empty(tmp_path / "demo", MARK)
    (mine / "old").touch()
    assert [path.name for path in made_empty(mine, MARK).iterdir()] == [MARK]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis").touch()
    with pytest.raises(StackError, match="other data"):
        made_empty(other, MARK)
    assert (other / "thesis").exists()
