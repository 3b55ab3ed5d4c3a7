"""From events to leaves on a real database: trails, tickets, streams, files, heads, events out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime.database import ConflictError, DatabaseAwayError
from schemas.envelope import Envelope
from services.evidence.log import LogBrokenError
from tests.support.evidence_story import PHOTO, Story, attachment
from tests.support.evidence_world import World, instance


async def test_a_ticket_with_all_its_evidence_is_proved(world: World) -> None:
    story = Story()
    await world.upload(PHOTO)
    await world.take(story.segment(), story.segment(None), story.placed(), story.shipped())
    assert (await world.count("item"), await world.count("trail")) == (2, 2)
    await world.take(story.opened(), story.triaged(), story.clock(), story.wrote((PHOTO,)))
    await world.take(story.scanned(), story.notified(), story.notified(story.order))
    assert await world.parts.checker.step() == 1
    assert await world.parts.checker.step() == 0
    await world.parts.keeper.step()
    report = await world.verify(story.ticket)
    assert (report.verdict, report.problems) == ("proved", [])
    kinds = sorted(result.item.kind for result in report.items)
    assert kinds == sorted(
        ["file"] + ["stream_segment"] * 2 + ["order_event"] * 4 + ["ticket_event"] * 5
    )
    assert await world.count("trail") == 0
    audited = await world.audit()
    assert (audited.verdict, audited.leaves, audited.files) == ("proved", 12, 1)


async def test_what_came_under_a_head_is_announced_once_per_ticket_and_kind(world: World) -> None:
    story = Story()
    await world.take(story.placed(), story.opened(), story.triaged(), story.segment())
    assert await world.parts.keeper.step() == 3
    assert await world.parts.keeper.step() == 0
    events = {event["kind"]: event for event in await world.published()}
    assert {kind: event["count"] for kind, event in events.items()} == {
        "ticket_event": 2,
        "order_event": 1,
        "stream_segment": 1,
    }
    head = (await world.rows("SELECT * FROM signed_head"))[0]
    for event in events.values():
        assert event["ticket_id"] == story.ticket
        assert event["tree_size"] == head["tree_size"] == 4
        assert event["root_sha256"] == head["root"].hex()
    await world.take(story.segment(), story.clock())
    assert await world.parts.keeper.step() == 2
    assert [event["count"] for event in (await world.published())[3:]] == [1, 1]


async def test_a_second_ticket_is_told_of_all_there_is(world: World) -> None:
    story, other = Story(), Story(number=2)
    await world.take(story.segment(), story.placed(), story.opened())
    await world.parts.keeper.step()
    second = other.opened()
    data = second.data.model_copy(update={"order_id": story.order})
    await world.take(second.model_copy(update={"data": data}))
    await world.parts.keeper.step()
    told = [event for event in await world.published() if event["ticket_id"] == other.ticket]
    assert {event["kind"]: (event["count"], event["first_leaf"]) for event in told} == {
        "ticket_event": (1, 3),
        "order_event": (1, 1),
        "stream_segment": (1, 2),
    }
    assert (await world.verify(other.ticket)).verdict == "proved"


async def test_a_cluster_is_evidence_of_its_tickets_and_proved_with_them(world: World) -> None:
    story, other = Story(), Story(number=2)
    await world.take(story.opened(), other.opened())
    await world.take(story.suspected(story.ticket, other.ticket))
    await world.parts.keeper.step()
    for ticket in (story.ticket, other.ticket):
        report = await world.verify(ticket)
        assert (report.verdict, report.problems) == ("proved", [])
        assert [r.item.type for r in report.items].count("aftercare.clusters.ClusterSuspected") == 1
    told = [e["count"] for e in await world.published() if e["kind"] == "ticket_event"]
    assert sum(told) == 4


async def test_the_same_batch_again_adds_nothing(world: World) -> None:
    story = Story()
    events = [story.placed(), story.opened(), story.triaged()]
    await world.take(*events)
    again = await world.take(*events)
    assert len(again.repeats) == 3
    assert await world.count("item") == 3


async def test_announcing_twice_is_announcing_once(world: World, database_url: str) -> None:
    await world.take(Story().triaged())
    await world.parts.keeper.step()
    await world.rows("UPDATE head_keeper SET announced_size = 0")
    assert await world.parts.keeper.step() == 1
    assert len(await world.published()) == 1


async def test_a_window_that_was_begun_is_announced_as_it_was(
    world: World, database_url: str
) -> None:
    """A keeper died between its events and its mark; meanwhile the log grew and was signed."""
    story = Story()
    await world.take(story.triaged())
    await world.parts.keeper.step()
    await world.rows("UPDATE head_keeper SET announced_size = 0, held_until = '-infinity'")
    await world.take(story.clock())
    async with instance(database_url, world.schema, world.objects) as twin:
        assert await twin.parts.keeper.step() == 2
    told = [(event["first_leaf"], event["last_leaf"]) for event in await world.published()]
    assert told == [(0, 0), (1, 1)]


async def test_while_the_log_grows_fast_one_event_tells_of_several_heads(world: World) -> None:
    stories = [Story(number=number) for number in range(1, 502)]
    await world.take(*(story.triaged() for story in stories))
    assert await world.parts.keeper.step() == 0
    await world.take(stories[0].clock(), stories[0].clock())
    assert await world.parts.keeper.step() == 501
    first = next(e for e in await world.published() if e["ticket_id"] == stories[0].ticket)
    assert (first["count"], first["tree_size"]) == (3, 503)
    assert await world.count("signed_head") == 2


async def test_one_instance_keeps_the_heads_until_it_is_gone(
    world: World, database_url: str
) -> None:
    async with instance(database_url, world.schema, world.objects) as twin:
        await world.take(Story().triaged())
        assert await world.parts.keeper.step() == 1
        await world.rows("UPDATE head_keeper SET held_until = 'infinity'")  # however slow we are
        await world.take(Story(number=2).triaged())
        assert await twin.parts.keeper.step() == 0
        await world.parts.keeper.stop()
        assert await twin.parts.keeper.step() == 1
        assert await world.parts.keeper.step() == 0


async def test_instances_append_to_one_log_without_losing_a_trail(
    world: World, database_url: str
) -> None:
    """A ticket opens on one instance while order events come in on another."""
    stories = [Story(number=number) for number in range(1, 31)]
    async with instance(database_url, world.schema, world.objects) as twin:
        for at in range(0, len(stories), 10):
            part = stories[at : at + 10]
            await world.take(*(story.placed() for story in part[:5]))
            await asyncio.gather(
                _taken(world, [s.opened() for s in part] + [s.triaged() for s in part]),
                _taken(twin, [s.shipped() for s in part] + [s.scanned() for s in part]),
            )
            await twin.take(*(story.placed() for story in part[5:]))
    assert (await world.count("item"), await world.count("trail")) == (150, 0)
    await world.parts.keeper.step()
    for story in stories:
        report = await world.verify(story.ticket)
        assert (report.verdict, len(report.items)) == ("proved", 5)
    assert (await world.audit()).verdict == "proved"


async def _taken(world: World, events: list[Envelope[Any]]) -> None:
    """A batch, again when another instance was faster: as the pump does."""
    while True:
        try:
            await world.take(*events)
        except ConflictError:
            continue
        return


async def test_a_missing_file_is_looked_for_again_then_noted(world: World) -> None:
    story = Story()
    await world.take(story.wrote((PHOTO,)), story.triaged())
    for tries in range(1, 7):
        assert await world.parts.checker.step() == 1
        (row,) = await world.rows("SELECT state, tries FROM wanted_file")
        assert (row["state"], row["tries"]) == ("wanted" if tries < 6 else "missing", tries)
        if tries > 2:  # the next look is half a minute away or more
            assert await world.parts.checker.step() == 0
        await world.rows("UPDATE wanted_file SET next_try_at = '-infinity'")
    await world.parts.keeper.step()
    report = await world.verify(story.ticket)
    assert report.verdict == "broken"
    assert [problem["problem"] for problem in report.problems] == ["missing, not archived"]


async def test_a_file_that_comes_late_is_archived(world: World) -> None:
    story = Story()
    await world.take(story.wrote((PHOTO,)))
    await world.parts.checker.step()
    await world.upload(PHOTO)
    await world.rows("UPDATE wanted_file SET next_try_at = '-infinity'")
    await world.parts.checker.step()
    await world.parts.keeper.step()
    report = await world.verify(story.ticket)
    assert (report.verdict, report.files) == ("proved", 1)


async def test_a_torn_upload_is_not_taken_for_the_file(world: World) -> None:
    story = Story()
    await world.upload(PHOTO)
    world.overwrite(bytes.fromhex(attachment(PHOTO).sha256), PHOTO[:5])
    await world.take(story.wrote((PHOTO,)))
    await world.parts.checker.step()
    (row,) = await world.rows("SELECT state FROM wanted_file")
    assert (row["state"], await world.count("item")) == ("wanted", 1)


async def test_a_torn_segment_of_a_crash_is_replaced(world: World) -> None:
    story = Story()
    event = story.triaged()
    await world.take(event)
    (row,) = await world.rows("SELECT segment FROM item")
    content = world.bytes_of(row["segment"])
    world.overwrite(row["segment"], content[:10])
    await world.rows("TRUNCATE item, inbox, dossier")
    await world.rows("UPDATE log_head SET tree_size = 0, frontier = ''")
    await world.take(event)
    assert world.bytes_of(row["segment"]) == content


async def test_nothing_is_applied_while_the_object_store_fails(world: World) -> None:
    events = [Story().placed(), Story(number=2).triaged()]
    world.block()
    with pytest.raises(DatabaseAwayError):
        await world.take(*events)
    assert [await world.count(table) for table in ("item", "inbox", "trail")] == [0, 0, 0]
    world.unblock()
    await world.take(*events)
    await world.parts.keeper.step()
    assert (await world.audit()).verdict == "proved"


async def test_nothing_is_appended_to_a_log_whose_row_was_changed(world: World) -> None:
    await world.take(Story().triaged())
    await world.rows("UPDATE log_head SET frontier = ''")
    with pytest.raises(LogBrokenError):
        await world.take(Story(number=2).triaged())
    with pytest.raises(LogBrokenError):
        await world.parts.keeper.step()
    assert await world.count("item") == 1


async def test_a_ticket_that_nobody_heard_of(world: World) -> None:
    assert (await world.verify("T-404")).verdict == "unknown"


async def test_fresh_leaves_are_not_called_proved(world: World) -> None:
    story = Story()
    await world.take(story.triaged())
    report = await world.verify(story.ticket)
    assert (report.verdict, report.pending) == ("broken", True)
    await world.parts.keeper.step()
    await world.take(story.clock())
    report = await world.verify(story.ticket)
    assert report.problems == [{"where": "leaf 1", "problem": "under no signed head yet"}]
    assert report.pending


async def test_a_log_over_several_tiles_proves_every_leaf(world: World) -> None:
    for start in range(0, 1300, 260):
        numbers = range(start + 1, start + 261)
        await world.take(*(Story(number=number).triaged() for number in numbers))
        await world.parts.keeper.step()
    assert await world.count("tile") == 5
    assert await world.count("signed_head") == 5
    for number in (1, 256, 257, 512, 513, 1299, 1300):
        assert (await world.verify(f"T-{number}")).verdict == "proved"
    audited = await world.audit()
    assert (audited.verdict, audited.leaves, audited.heads) == ("proved", 1300, 5)
