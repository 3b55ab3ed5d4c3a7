"""The sequential test: what is a cluster, and above all what is none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from services.triage.domain.clusters.count import threshold
from services.triage.domain.clusters.sighting import Sighting
from services.triage.domain.clusters.watched import Watched
from tests.simulation.clusters.streams import Course, Planted
from tests.simulation.clusters.trials import played
from tests.unit.triage.clusters.sightings import (
    RULES,
    counted,
    faulty,
    settled,
    shop,
    sighting,
    usual,
)


def mixed(first: int, last: int) -> Iterator[Sighting]:
    """Usual tickets with every fourth of the batch that leaks."""
    for number in range(first, last):
        yield faulty(number) if number % 4 == 0 else usual(number)


def test_a_batch_that_leaks_is_found_soon_and_told_once() -> None:
    one = settled()
    alarms = counted(one, *mixed(600, 900))
    (alarm,) = alarms
    assert (alarm.kind, alarm.name) == ("batch", "B-9")
    assert alarm.aspect.startswith("product_mismatch")
    assert RULES.at_least <= alarm.run.hits <= 12
    assert alarm.run.expected < alarm.run.hits / 2
    assert alarm.run.strength >= threshold(RULES)


def test_the_tickets_are_named_and_the_first_one_dated() -> None:
    (alarm,) = counted(settled(), *mixed(600, 900))
    numbers = [int(ticket[2:]) for ticket in alarm.run.ticket_ids]
    assert len(numbers) == alarm.run.hits
    assert all(number % 4 == 0 and number >= 600 for number in numbers)
    assert alarm.run.first_at == sighting(numbers[0]).at.isoformat()


def test_one_customer_counts_once_and_so_does_one_order() -> None:
    for same in ({"customer_id": "C-1"}, {"order_id": "O-1"}):
        one = settled()
        assert counted(one, *(faulty(600 + n, **same) for n in range(100))) == []


def test_goods_that_sell_a_lot_from_nothing_are_no_cluster() -> None:
    one = settled()
    new = [
        usual(n).model_copy(
            update={"names": {"batch": "B-new", "carrier": usual(n).names["carrier"]}}
        )
        if Random(n + 0.5).random() < 0.5
        else usual(n)
        for n in range(600, 1_400)
    ]
    assert counted(one, *new) == []


def test_a_spike_of_all_that_is_sold_is_no_cluster() -> None:
    one = settled()
    storm = [
        usual(n).model_copy(update={"problem_class": "logistics", "subtype": "overdue"})
        if Random(n + 0.5).random() < 0.5
        else usual(n)
        for n in range(600, 1_400)
    ]
    assert counted(one, *storm) == []


def test_a_session_whose_orders_are_young_is_no_cluster() -> None:
    def of_age(number: int) -> Sighting:
        young = Random(number + 0.5).random() < 0.5
        late = young and Random(number + 0.7).random() < 0.9
        names = {**usual(number).names, "session": "today" if young else f"old-{number % 5}"}
        if number < 600:
            names["session"] = f"s-{number % 6}"
        found = usual(number).model_copy(update={"names": names, "age": "a" if young else "d"})
        told = {"problem_class": "logistics", "subtype": "overdue"}
        return found.model_copy(update=told) if late else found

    assert counted(shop(), *map(of_age, range(1_400))) == []


def test_what_was_always_like_that_is_no_cluster() -> None:
    one = shop()
    chronic = [
        faulty(n, subtype=f"product_mismatch_{n % 4}") if n % 9 == 0 else usual(n)
        for n in range(2_000)
    ]
    learnt = [alarm for alarm in counted(one, *chronic[:1_000]) if alarm.name == "B-9"]
    assert len(learnt) <= 1
    assert counted(one, *chronic[1_000:]) == []


def test_a_young_shop_says_nothing() -> None:
    one = shop()
    assert counted(one, *(faulty(n) for n in range(RULES.learn_tickets))) == []


def test_what_nearly_all_tickets_carry_is_compared_with_nothing() -> None:
    one = shop()
    only = [usual(n).model_copy(update={"names": {"carrier": "S-only"}}) for n in range(600)] + [
        sighting(n, names={"carrier": "S-only"}) for n in range(600, 800)
    ]
    assert counted(one, *only) == []


def test_other_names_of_the_same_tickets_are_not_told_as_well() -> None:
    one = settled()
    both = [
        faulty(n, names={"batch": "B-9", "sku": "sku-9", "session": "L-9"})
        if n % 4 == 0
        else usual(n)
        for n in range(600, 1_000)
    ]
    (alarm,) = counted(one, *both)
    assert alarm.kind == "batch"


def test_a_cluster_goes_on_silently_and_is_news_again_after_a_quiet_day() -> None:
    one = settled()
    assert len(counted(one, *mixed(600, 900))) == 1
    later = timedelta(hours=RULES.quiet_h + 1)
    other = [
        each.model_copy(update={"at": each.at + later}) for each in map(usual, range(900, 1_500))
    ]
    assert counted(one, *other) == []
    again = [each.model_copy(update={"at": each.at + later}) for each in mixed(1_500, 1_800)]
    found = counted(one, *again)
    assert [alarm.name for alarm in found] == ["B-9"]


def test_danger_is_told_even_of_goods_that_are_known_to_be_faulty() -> None:
    one = settled()
    assert len(counted(one, *mixed(600, 900))) == 1
    hurt = [
        faulty(n, danger=True) if n % 4 == 0 else usual(n) for n in range(900, 1_100)
    ]  # fmt: skip
    (alarm,) = counted(one, *hurt)
    assert (alarm.name, alarm.aspect) == ("B-9", "danger")


def test_what_is_kept_comes_back_as_it_was() -> None:
    one = settled()
    counted(one, *mixed(600, 640))
    for kept in one.names.values():
        stored = kept.dump()
        assert Watched.load(stored).dump() == stored
    assert max(len(kept.dump()) for kept in one.names.values()) < 10_000


@pytest.mark.parametrize("after", [1, 25, 400, 2_499, 10_000, 10**9])
def test_what_is_recent_fades_however_long_a_name_was_quiet(after: int) -> None:
    one = Watched()
    one.add(["a*", "alogistics"], ["*logistics"])
    one.fade(after, 25)
    share = 2.0 ** (-after / 25)
    assert one.recent / one.weight == pytest.approx(share, abs=1e-4)
    one.add(["a*"], [])
    assert one.recent_aspects["a*"] / one.weight == pytest.approx(1 + share, abs=1e-3)
    assert one.tickets == one.aspects["a*"] == 2


def test_a_name_that_is_seen_all_the_time_fades_as_well() -> None:
    one = Watched()
    for at in range(20_000):
        one.fade(at, 10)
        one.add(["a*"], [])
    assert one.recent / one.weight == pytest.approx(1 / (1 - 2**-0.1), rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_streams_without_a_cluster_give_no_alarm(seed: int) -> None:
    assert played(seed, Course(tickets=2_600), RULES).others == []


@pytest.mark.parametrize("kind", ["batch", "hub", "host"])
def test_a_planted_cluster_is_found(kind: str) -> None:
    planted = Planted(kind=kind, times=8.0, start=800, share=0.05)  # type: ignore[arg-type]
    outcome = played(7, Course(tickets=1_400, planted=planted), RULES)
    assert outcome.found is not None
    assert outcome.found.members <= 30
