"""The rule of the desk: what waits is counted once, and told in words that people understand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from schemas.clusters import ClusterSuspected
from schemas.envelope import Envelope
from schemas.rules import Decision
from services.triage.cluster_watch import clusters_desk
from services.triage.domain.clusters.count import Name
from services.triage.domain.clusters.look import LookDue, ShopWatch, look
from services.triage.domain.clusters.sighting import Sighting
from tests.unit.triage.clusters.sightings import NOW, RULES, faulty, sighting, usual
from tests.unit.triage.complaints import triager

DESK = clusters_desk(triager().rules)
assert DESK is not None
POLICY = DESK.policy
PHOTO = "ab" * 32


def looked(case: ShopWatch, *seen: Sighting) -> tuple[ShopWatch, Decision[ShopWatch]]:
    """The shop after a look at these tickets, as the store would load it again."""
    wanted = {name for each in seen for name in each.names.items()}
    case = replace(
        case,
        names={name: text for name, text in case.names.items() if name in wanted},
        waiting=dict(enumerate(seen)),
    )
    event = Envelope[LookDue](
        id=uuid4(), source="aftercare/triage", type=LookDue.type_name(), time=NOW,
        subject="shop-a", shopid="shop-a", correlationid=uuid4(),
        data=LookDue(shop_id="shop-a", first=1),
    )  # fmt: skip
    decision = look(case, event, POLICY, seen[-1].at if seen else NOW)
    return decision.case or case, decision


class Shop:
    """A shop that is looked at now and then, and what it keeps in between."""

    def __init__(self) -> None:
        self.case = ShopWatch("shop-a")
        self.names: dict[Name, str] = {}
        self.told: list[ClusterSuspected] = []

    def look(self, *seen: Sighting) -> Decision[ShopWatch]:
        """Look at these tickets."""
        known = replace(self.case, names=dict(self.names))
        after, decision = looked(known, *seen)
        self.names.update(after.changed)
        self.case = replace(after, marks=(*known.marks, *after.added))
        self.told += [each for each in decision.events if isinstance(each, ClusterSuspected)]
        return decision


def with_a_cluster(step: int) -> Shop:
    """A shop of usual tickets, then a batch that leaks, looked at every so many tickets."""
    shop = Shop()
    tickets = [usual(n) for n in range(400)]
    tickets += [faulty(n) if n % 4 == 0 else usual(n) for n in range(400, 500)]
    for at in range(0, len(tickets), step):
        shop.look(*tickets[at : at + step])
    return shop


def test_a_cluster_is_told_with_its_tickets_and_its_cause() -> None:
    (told,) = with_a_cluster(20).told
    assert (told.kind, told.name, told.problem_class) == ("batch", "B-9", "product_mismatch")
    assert told.seen == len(told.ticket_ids) >= RULES.at_least
    assert told.expected_milli is not None
    assert told.expected_milli < 1000 * told.seen
    assert told.cause_zh.startswith("批次B-9：")
    assert f"{told.seen}单" in told.cause_zh
    assert told.cause_en.startswith("Batch B-9: ")
    assert told.first_at == sighting(int(told.ticket_ids[0][2:])).at
    assert told.false_alarm_every_tickets == RULES.false_alarm_every_tickets
    assert told.policy_version == POLICY.version


def test_how_often_one_looks_changes_little_and_the_same_looks_nothing() -> None:
    ids = [with_a_cluster(step).told[0].cluster_id for step in (20, 20, 100)]
    assert ids[0] == ids[1] == ids[2]


def test_nothing_waits_nothing_happens() -> None:
    _, decision = looked(ShopWatch("shop-a"))
    assert decision == Decision(case=None)


def test_a_photo_on_three_orders_is_told_once() -> None:
    shop = Shop()
    for number in range(12):
        shop.look(sighting(number, photos=(PHOTO,)))
    (told,) = shop.told
    assert (told.kind, told.name, told.seen) == ("same_photo", PHOTO, 3)
    assert told.problem_class is None
    assert "3个订单" in told.cause_zh
    assert "3 orders of 3 customers" in told.cause_en


def test_the_answer_counts_what_was_told() -> None:
    shop = Shop()
    decision = shop.look(*(sighting(n, photos=(PHOTO,)) for n in range(4)))
    assert decision.answer == {"suspected": {"same_photo": 1}}


def test_what_is_kept_does_not_grow_with_tickets_that_are_like_others() -> None:
    shop = Shop()
    for at in range(0, 1_000, 100):
        shop.look(*(usual(n) for n in range(at, at + 100)))
    early = len(shop.case.shares)
    for at in range(1_000, 3_000, 100):
        shop.look(*(usual(n) for n in range(at, at + 100)))
    assert len(shop.case.shares) < early + 200
    assert len(shop.names) == 10
    assert shop.case.names_since_at is not None
    assert shop.case.looked_at is not None
    assert shop.case.looked_at - shop.case.names_since_at == timedelta(days=RULES.forget_days)
