"""The puppet's hooks exist, do nothing until they are pulled, and bite then."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from inspect import signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from chaos.fault import NotHitError
from chaos.faults.inside import vanished
from chaos.puppet import hooks
from chaos.puppet.listening import Answer, listen, place_of
from chaos.puppet.points import POINTS, Point, Points, points_of
from chaos.puppet.sequence import SKIPPED, Sequence
from chaos.puppet.strings import Strings
from schemas.topics import SERVICES


class Thing:
    """Something to be hooked."""

    async def later(self, number: int) -> int:
        return number + 1

    def now(self, number: int) -> int:
        return number + 2


@pytest.fixture
def thing(monkeypatch: pytest.MonkeyPatch) -> Thing:
    """Its methods come back after the test."""
    for name in ("later", "now"):
        monkeypatch.setattr(Thing, name, getattr(Thing, name))
    monkeypatch.setitem(sys.modules, "thing", sys.modules[__name__])
    return Thing()


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short: the address of a socket has 107 characters at most."""
    with TemporaryDirectory(prefix="puppets-") as name:
        yield Path(name)


@pytest.mark.parametrize(
    "point", [each for each in POINTS if not each.after], ids=lambda point: point.name
)
def test_a_point_can_look_at_what_its_place_is_called_with(point: Point) -> None:
    """A place that got one more argument would fail in the service instead of being met."""
    module, _, name = point.place.partition(":")
    place: Any = reduce(getattr, name.split("."), import_module(module))
    signature(point.met).bind(*signature(place).parameters)


async def test_what_is_hooked_is_called_before_or_after(thing: Thing) -> None:
    seen: list[Any] = []
    hooks.before("thing:Thing.now", lambda _, number: seen.append(("now", number)))
    hooks.after("thing:Thing.later", lambda result: seen.append(("later", result)))
    assert (thing.now(1), await thing.later(1)) == (3, 2)
    assert seen == [("now", 1), ("later", 2)]


@pytest.mark.parametrize("place", ["runtime.pump:Pump.gone", "runtime.gone:x"])
def test_what_has_another_name_by_now_is_told(place: str) -> None:
    with pytest.raises((AttributeError, ImportError)):
        hooks.put(place, lambda it: it)


def test_every_service_has_its_points() -> None:
    assert all(points_of(name) for name in SERVICES)
    assert {service for point in POINTS for service in point.services} == set(SERVICES)
    assert not any(point.timed for point in points_of("sla", timed=False))


def test_a_point_is_met_once_when_it_is_armed(
    thing: Thing, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[str] = []
    told: list[Answer] = []
    points = Points(lambda: ended.append("dead"))
    monkeypatch.setattr(
        "chaos.puppet.points.POINTS",
        (type(POINTS[0])("odd", "thing:Thing.now", frozenset({"x"}), True, lambda n: n % 2 == 1),),
    )
    points.hook("x")
    thing.now(1)
    assert points.arm(told.append, "odd") == {"armed": "odd"}
    thing.now(2)
    assert not ended
    thing.now(1)
    thing.now(1)
    assert (told, ended) == ([{"reached": "odd"}], ["dead"])


def test_a_call_that_was_held_back_is_no_answer_of_a_provider() -> None:
    (point,) = (each for each in POINTS if "provider" in each.name)
    held = import_module("services.notifier.guarded").Held(1.0)
    assert not point.met(None, [(None, held)])
    assert point.met(None, [(None, held), (None, "sent")])


def test_a_line_that_nobody_counted_is_missed_whatever_else_was_dropped() -> None:
    assert vanished([0, 1, 2], 2, 5) == 0
    assert vanished([0, 1, 2], 9, 5) == 0, "others dropped some too"
    assert vanished([0, 1, 2], 1, 5) == 1
    assert vanished([0, 2], 9, 5) == 1
    assert vanished([], 5, 5) == 0


async def test_orders_are_answered_also_later(folder: Path) -> None:
    def act(say: Any, word: str) -> Answer:
        say({"heard": word})
        return {"done": word}

    at = place_of(folder, "sla", os.getpid())
    listen(at, {"act": act})
    reader, writer = await asyncio.open_unix_connection(at)
    line = Strings(reader, writer)
    assert await line.pull("act", word="go") == {"heard": "go"}
    assert await line.heard(60) == {"done": "go"}
    assert await line.pull_until("act", "done", 60, word="on") == {"done": "on"}
    with pytest.raises(NotHitError, match="unexpected keyword"):
        await line.pull("act", other="go")
    with pytest.raises(NotHitError, match="KeyError"):
        await line.pull("unknown")
    writer.close()


async def test_what_gets_worse_is_counted_until_it_is_mended(folder: Path) -> None:
    torn, is_on = 0, False

    def act(_: Any, on: bool) -> Answer:
        nonlocal torn, is_on
        torn += is_on
        is_on = on
        return {"torn": torn}

    at = place_of(folder, "sla", os.getpid())
    listen(at, {"act": act})
    reader, writer = await asyncio.open_unix_connection(at)
    line = Strings(reader, writer)
    assert await line.worsened("act", "torn", 0.0, on={"on": True}, off={"on": False}) == 2
    assert not is_on
    writer.close()


async def test_a_process_that_ends_says_no_more(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(folder / "door"))
        door.listen()
        reader, writer = await asyncio.open_unix_connection(folder / "door")
        other, _ = door.accept()
        other.close()
        with pytest.raises(NotHitError, match="ended"):
            await Strings(reader, writer).heard(60)
        writer.close()


async def test_only_a_producer_that_has_sent_loses_count() -> None:
    class Numbers:
        def __init__(self) -> None:
            self._sequence_numbers: dict[str, int] = {}

    class Producer:
        _txn_manager = Numbers()

    class Publisher:
        async def _ready(self, _: object) -> Producer:
            return Producer()

    sequence, told, sent = Sequence(), list[Answer](), []

    async def send(publisher: Any, run: str, line: object) -> None:
        sent.append(run)
        if any(number >= SKIPPED for number in Producer._txn_manager._sequence_numbers.values()):
            raise ConnectionError

    sending = sequence._around(send)
    await sending(Publisher(), "unarmed", None)
    sequence.skip(told.append)
    await sending(Publisher(), "nothing sent yet", None)
    Producer._txn_manager._sequence_numbers["tickets"] = 7
    with pytest.raises(ConnectionError):
        await sending(Publisher(), "skipped", None)
    sequence.skip(told.append)
    Producer._txn_manager._sequence_numbers["tickets"] = 7
    assert sequence.skip(told.append, on=False) == {"armed": False}
    await sending(Publisher(), "given up", None)
    assert told == [{"refused": "ConnectionError"}]
    assert sent == ["unarmed", "nothing sent yet", "skipped", "given up"]
