"""What follows a complaint: messages and replies in order, decisions with money, repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from benchmarks.load.caller import Answer, Ends
from benchmarks.load.complaints import Case, cases
from benchmarks.load.plan import Followed, Place, Stream
from benchmarks.load.planted import persons
from benchmarks.load.script import Step, payment, steps
from benchmarks.load.sender import Parcel, Sender, parcels, repeated
from simulator.journal import Journal

NOW_AT = datetime(2026, 3, 6, 6, tzinfo=UTC)
ALL = Followed(share=1.0, decided=1.0, twice=0.5)


@pytest.fixture(scope="module")
def made() -> list[Case]:
    return cases(3, "shop", NOW_AT, 120, "all", orders=True)


def _steps(case: Case, plan: Followed = ALL) -> list[Step]:
    assert case.complaint is not None
    return steps(case.complaint, case.complaint.line.paid_fen if case.order else 0, plan, 1)


def _paths(found: Iterable[Step]) -> Counter[str]:
    return Counter(step.what for step in found)


def test_each_has_messages_and_replies_and_ends_decided(made: list[Case]) -> None:
    for case in made:
        found = _steps(case)
        paths = _paths(found)
        assert paths["messages"] >= 2 <= paths["replies"]
        assert found[-1].what == "resolution"
        assert len({step.number for step in found}) == len(found)
        assert all(0 < step.after_s < 2 for step in found)


def test_the_same_seed_says_the_same(made: list[Case]) -> None:
    assert _steps(made[0]) == _steps(made[0])


def test_never_more_money_goes_back_than_was_paid(made: list[Case]) -> None:
    refunded = 0
    for case in made:
        assert case.complaint is not None
        decided = [step.body for step in _steps(case) if step.what == "resolution"]
        back_fen = [body["refund_fen"] for body in decided if "refund_fen" in body]
        assert bool(back_fen) == (case.order is not None)
        assert min(back_fen, default=1) > 0
        assert sum(back_fen) <= case.complaint.line.paid_fen
        refunded += len(back_fen)
    assert refunded > 100


def test_what_was_decided_is_paid_and_told_so(made: list[Case]) -> None:
    decided = _steps(made[0])[-1]
    answer = {
        "action_id": "a-1",
        "refund_fen": 700,
        "refund_lines": [{"line_id": "L1", "refund_fen": 700}],
        "resolved_at": NOW_AT.isoformat(),
    }
    paid = payment("O-1", decided, answer)
    assert paid is not None
    assert (paid.what, paid.number) == ("events", f"{decided.number}-paid")
    assert paid.body["data"].items() >= {"action_id": "a-1", "refunded_fen": 700}.items()
    assert payment("O-1", decided, {"action_id": None}) is None


def test_some_are_reopened_and_decided_again(made: list[Case]) -> None:
    again = [found for found in map(_steps, made) if _paths(found)["resolution"] == 2]
    assert 10 < len(again) < 60
    for *_, decision, message, second in again:
        assert (decision.what, message.what, second.what) == (
            "resolution",
            "messages",
            "resolution",
        )
        assert second.awaits - decision.awaits == {"already_resolved", "money_in_flight"}


def test_a_share_is_left_alone_and_a_share_is_never_decided(made: list[Case]) -> None:
    plan = Followed(share=0.5, decided=0.5, twice=0.5)
    talked = [found for case in made if (found := _steps(case, plan))]
    assert 40 < len(talked) < 80
    assert 10 < sum(_paths(found)["resolution"] > 0 for found in talked) < len(talked) - 10
    ways = Counter(step.twice for found in talked for step in found)
    assert min(ways["at once"], ways["later"]) > ways[""] / 5


def test_personal_data_is_said_and_written_down(made: list[Case]) -> None:
    named = persons(made)
    assert len(named) > 30
    assert all(len(person.name) > 2 for person in named)
    known = {case.complaint.person.spoken_phone for case in made if case.complaint}
    said = [str(dict(step.body)) for case in made for step in _steps(case)]
    for path in ("messages", "replies", "resolution"):
        words = [str(dict(s.body)) for case in made for s in _steps(case) if s.what == path]
        assert any(phone in text for text in words for phone in known)
    assert len(said) > 5 * len(made)


def test_planted_persons_are_spread_over_the_run(made: list[Case]) -> None:
    named = persons(made * 5)
    assert 150 < len(named) <= 200
    assert persons([]) == []


def test_a_share_of_the_complaints_comes_again_as_it_was(made: list[Case]) -> None:
    once = parcels(Stream(count=120, per_s=10.0, batch=2), made, Random("x"))
    found = repeated(once, 0.5, Random("y"))
    again = [parcel for parcel in found if parcel.again]
    assert [parcel for parcel in found if not parcel.again] == once
    assert 15 < len(again) < 45
    assert found == sorted(found, key=lambda parcel: parcel.at_s)
    first = {parcel.cases: parcel for parcel in once}
    behind_s = [parcel.at_s - first[parcel.cases].at_s for parcel in again]
    assert min(behind_s) == 0.0 < max(behind_s) <= 5.0
    assert repeated(once, 0.0, Random("y")) == once
    assert isinstance(found[0], Parcel)


def test_a_repeat_that_ends_otherwise_is_counted() -> None:
    ends = Ends()
    ends.note("a", "acknowledged")
    ends.note("b", "refused")
    ends.note("a", "acknowledged")
    assert ends.differed == 0
    ends.note("a", "refused")
    ends.note("b", "acknowledged")
    assert ends.differed == 2


def test_a_complaint_that_is_refused_when_it_comes_again_is_counted(
    made: list[Case], tmp_path: Path
) -> None:
    place = Place(
        kafka_bootstrap="",
        intake_url="http://localhost",
        database_url="",
        master_key="",
        shop="shop",
        secret="whsec_" + "c2VjcmV0" * 8,
        now_at=NOW_AT,
        journal="",
    )
    taken = b'{"ticket_id": "t-1"}'
    answers = ((409, b'{"code": "conflict"}'), (200, taken))
    with closing(Journal(tmp_path / "journal")) as journal:
        sender = Sender(Stream(count=2), place, journal, 1.0)
        for case, again in zip(made, answers, strict=False):
            parcel = Parcel(0.0, (case,))
            sender._note(parcel, Answer(201, taken, 1), 0.0)
            sender._note(replace(parcel, again=True), Answer(*again, 1), 0.0)
    assert sender.ends.differed == 1
