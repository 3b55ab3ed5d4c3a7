"""What is archived at once, what waits as a trail, and what opens it: in every order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import permutations
from typing import Any, cast
from uuid import uuid5

import pytest

from schemas.envelope import Envelope
from schemas.rules import Decision
from services.evidence.domain.dossier import (
    Dossier,
    EvidenceRules,
    FileChecked,
    FileVerdict,
    Item,
    Outcome,
    Record,
)
from services.evidence.domain.keys import case_key, dossier_of, stream_dossier
from services.evidence.domain.rules import RULES, check_file, file_record
from tests.support.evidence_story import PHOTO, SHOP, START, Story, attachment

POLICY = EvidenceRules(
    head_interval_s=1,
    announce_latest_s=5,
    calm_leaves=500,
    segment_max_bytes=1 << 20,
    file_max_bytes=1 << 20,
    file_retry_s=(1, 5),
)


class Desk:
    """The dossiers as the store would keep them, one batch after the other."""

    def __init__(self) -> None:
        self.dossiers: dict[str, Dossier] = {}
        self.trails: dict[str, list[Record]] = {}
        self.items: list[Item] = []

    def batch(self, *events: Envelope[Any]) -> list[Item]:
        """Apply a batch; what it archived."""
        raw = {event.id: event.to_json() for event in events}
        cases: dict[str, Dossier] = {}
        for event in events:
            key = case_key(event)
            case = cases.get(key) or self._loaded(key, raw)
            decision: Decision[Dossier] = RULES[type(event.data)](case, event, POLICY, START)
            cases[key] = decision.case or case
        new = [item for key in sorted(cases) for item in self._saved(cases[key])]
        self.items += new
        return new

    def _loaded(self, key: str, raw: Any) -> Dossier:
        stored = self.dossiers.get(key, Dossier(key, SHOP))
        return stored._replace(raw=raw, trail=tuple(self.trails.get(key, ())))

    def _saved(self, case: Dossier) -> tuple[Item, ...]:
        if case.changed:
            plain = case._replace(version=case.version + 1, changed=False, emptied=False)
            plain = plain._replace(raw={}, trail=(), kept=(), items=(), files=(), verdicts=())
            self.dossiers[case.key] = plain
        if case.emptied:
            self.trails.pop(case.key)
        if case.kept:
            assert case.key in self.dossiers, "a trail without its dossier"
            self.trails.setdefault(case.key, []).extend(case.kept)
        return case.items

    def links(self) -> set[tuple[str, str]]:
        return {link for item in self.items for link in item.links}


def types(items: Sequence[Item]) -> list[str]:
    return [item.record.type.rsplit(".", 1)[-1] for item in items]


def test_an_undisputed_order_is_only_kept() -> None:
    desk, story = Desk(), Story()
    assert desk.batch(story.placed(), story.shipped()) == []
    assert desk.batch(story.notified(story.order)) == []
    assert [record.type.rsplit(".", 1)[-1] for record in desk.trails["shop-a/O-1"]] == [
        "OrderPlaced",
        "OrderShipped",
        "NotificationAccepted",
    ]


def test_the_ticket_opens_the_trail_of_its_order() -> None:
    desk, story = Desk(), Story()
    placed = story.placed()
    desk.batch(placed, story.shipped())
    items = desk.batch(story.scanned(), story.opened())
    assert types(items) == ["TicketOpened", "OrderPlaced", "OrderShipped", "ParcelScanned"]
    assert [item.kind for item in items] == ["ticket_event"] + ["order_event"] * 3
    assert [item.ticket_id for item in items] == ["T-1", None, None, None]
    assert items[0].key == "shop-a/T-1"
    assert items[1].key == "shop-a/O-1"
    assert items[1].record.body == placed.to_json()
    assert desk.trails == {}
    assert types(desk.batch(story.notified(story.order))) == ["NotificationAccepted"]


def test_the_ticket_is_linked_to_its_order_and_to_what_was_said_about_its_goods() -> None:
    desk, story = Desk(), Story()
    desk.batch(story.opened())
    assert desk.links() == {
        ("shop-a/O-1", "T-1"),
        (stream_dossier(SHOP, "S-1", None), "T-1"),
        (stream_dossier(SHOP, "S-1", "SKU-1"), "T-1"),
    }


@pytest.mark.parametrize("late", [False, True])
def test_the_stream_is_known_from_the_order_too(late: bool) -> None:
    desk, story = Desk(), Story()
    opened = story.opened(snapshot=False)
    for event in (opened, story.placed()) if late else (story.placed(), opened):
        desk.batch(event)
    assert (stream_dossier(SHOP, "S-1", "SKU-1"), "T-1") in desk.links()


def test_a_second_ticket_of_the_order_is_linked_without_archiving_again() -> None:
    desk, story, other = Desk(), Story(), Story(number=2)
    desk.batch(story.placed(), story.opened())
    second = other.opened()
    data = second.data.model_copy(update={"order_id": story.order})
    items = desk.batch(second.model_copy(update={"data": data}))
    assert types(items) == ["TicketOpened"]
    assert ("shop-a/O-1", "T-2") in desk.links()
    assert desk.dossiers["shop-a/O-1"].ticket_ids == ("T-1", "T-2")


def test_segments_are_archived_before_anybody_complains() -> None:
    items = Desk().batch(Story().segment(), Story(number=2).segment(None))
    assert [item.kind for item in items] == ["stream_segment", "stream_segment"]
    assert all(item.ticket_id is None for item in items)


def test_a_cluster_is_evidence_of_every_ticket_in_it() -> None:
    desk, story = Desk(), Story()
    desk.batch(story.opened())
    (item,) = desk.batch(story.suspected("T-1", "T-2"))
    assert (item.key, item.ticket_id, item.kind) == ("shop-a/C-1", None, "ticket_event")
    assert {("shop-a/C-1", "T-1"), ("shop-a/C-1", "T-2")} <= desk.links()


def test_an_order_without_stream_links_no_stream() -> None:
    desk, story = Desk(), Story(session=None)
    desk.batch(story.placed(), story.opened())
    assert desk.links() == {("shop-a/O-1", "T-1")}


def test_a_ticket_without_order() -> None:
    desk, story = Desk(), Story()
    items = desk.batch(story.opened(order=False), story.triaged())
    assert [(item.key, item.ticket_id) for item in items] == [("shop-a/T-1", "T-1")] * 2
    assert desk.links() == set()


def test_every_order_of_arrival_ends_with_the_same_evidence() -> None:
    story = Story()
    events = [story.placed(), story.opened(), story.triaged(), story.notified(), story.shipped()]
    ends = set()
    for order in permutations(events):
        for batches in ([order], [order[:2], order[2:]], [(event,) for event in order]):
            desk = Desk()
            for batch in batches:
                desk.batch(*batch)
            archived = {(item.record.event_id, item.key, item.kind) for item in desk.items}
            assert len(desk.items) == len(archived) == len(events)
            assert desk.trails == {}
            ends.add((frozenset(archived), frozenset(desk.links())))
    assert len(ends) == 1


def test_files_are_wanted_for_the_ticket() -> None:
    desk, story = Desk(), Story()
    event = story.opened(files=(PHOTO,))
    case = desk._loaded(case_key(event), {event.id: b"{}"})
    (file,) = RULES[type(event.data)](case, event, POLICY, START).case.files
    assert (file.ticket_id, file.sha256) == ("T-1", attachment(PHOTO).sha256)
    assert file.event_id == event.id


def checked(outcome: Outcome, tries: int = 1) -> Envelope[FileChecked]:
    message = Story().wrote((PHOTO,))
    data = FileChecked(
        ticket_id="T-1",
        sha256=attachment(PHOTO).sha256,
        media_type="image/png",
        size_bytes=len(PHOTO),
        event_id=message.id,
        outcome=outcome,
        tries=tries,
    )
    return Envelope[FileChecked](
        id=uuid5(message.id, f"{outcome}/{tries}"),
        source="test",
        type=FileChecked.type_name(),
        time=START + timedelta(seconds=tries),
        subject="T-1",
        shopid=SHOP,
        correlationid=message.id,
        data=data,
    )


def looked(event: Envelope[FileChecked], state: str = "wanted") -> Dossier | None:
    states = cast(Any, {("T-1", event.data.sha256): state})
    case = Dossier(dossier_of(SHOP, "T-1"), SHOP, 1, True, ("T-1",), file_states=states)
    return check_file(case, event, POLICY, START).case


def test_a_file_that_is_there_gets_its_leaf() -> None:
    event = checked("found")
    case = looked(event)
    assert case is not None
    (item,) = case.items
    assert (item.kind, item.ticket_id) == ("file", "T-1")
    assert item.record.body == file_record(event)
    assert case.verdicts == (FileVerdict("T-1", event.data.sha256, "archived"),)


@pytest.mark.parametrize("outcome", ["missing", "altered"])
def test_a_file_that_is_not_there_is_looked_for_again_then_noted(outcome: Outcome) -> None:
    waits = [(1, "wanted", 1), (2, "wanted", 5), (3, outcome, 0), (9, outcome, 0)]
    for tries, state, wait_s in waits:
        case = looked(checked(outcome, tries))
        assert case is not None
        assert [(v.state, v.wait_s) for v in case.verdicts] == [(state, wait_s)]
        assert case.items == ()


def test_a_file_that_is_too_large_is_noted_at_once() -> None:
    case = looked(checked("too_large"))
    assert case is not None
    assert [v.state for v in case.verdicts] == ["too_large"]


@pytest.mark.parametrize("state", ["archived", "missing", "unheard of"])
def test_a_second_answer_about_a_settled_file_changes_nothing(state: str) -> None:
    assert looked(checked("found"), state) is None


def test_two_answers_in_one_batch_make_one_leaf() -> None:
    case = looked(checked("found", 1))
    assert case is not None
    assert check_file(case, checked("found", 2), POLICY, START).case is None
