"""Whoever changes the archive is found: rows, objects, heads, links, by the owner of them all."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from runtime.database import Database
from runtime.migrations import migrate_all, role_of
from services.evidence.domain.head import Head
from services.evidence.signing import Signer
from tests.support.evidence_story import PHOTO, Story, attachment
from tests.support.evidence_world import SEED, World

OTHER = Signer(b"o" * 32)
STORY = Story()


@pytest.fixture
async def archive(world: World) -> World:
    """A log with a full tile, some heads, and one ticket with evidence of every kind."""
    await world.upload(PHOTO)
    await world.take(STORY.segment(), STORY.placed(), STORY.shipped())
    await world.take(STORY.opened(), STORY.triaged(), STORY.wrote((PHOTO,)))
    await world.parts.keeper.step()
    await world.parts.checker.step()
    await world.take(*(Story(number=number).triaged() for number in range(2, 302)))
    await world.parts.keeper.step()
    await world.take(STORY.clock(), STORY.scanned())
    await world.parts.keeper.step()
    assert await world.count("tile") == 1
    assert await world.count("signed_head") == 3
    return world


async def both(world: World) -> tuple[str, str]:
    """Verdicts on the ticket and on the whole log."""
    return (await world.verify(STORY.ticket)).verdict, (await world.audit()).verdict


ITEM_CHANGES = [
    "leaf_hash = set_byte(leaf_hash, 7, get_byte(leaf_hash, 7) # 1)",
    "segment = set_byte(segment, 0, get_byte(segment, 0) # 128)",
    "key = key || 'x'",
    "ticket_id = coalesce(ticket_id, '') || 'x'",
    "shop_id = 'shop-b'",
    "kind = CASE kind WHEN 'file' THEN 'ticket_event' ELSE 'file' END",
    "event_id = gen_random_uuid()",
    "type = 'aftercare.tickets.CallMade'",
    "start = start + 1",
    "length = length - 1",
]


@pytest.mark.parametrize("change", ITEM_CHANGES)
async def test_every_changed_column_of_an_item_is_found(archive: World, change: str) -> None:
    own = await archive.verify(STORY.ticket)
    for result in own.items:
        leaf = result.item.leaf_index
        await archive.rows(f"CREATE TABLE saved AS SELECT * FROM item WHERE leaf_index = {leaf}")
        await archive.rows(f"UPDATE item SET {change} WHERE leaf_index = {leaf}")
        assert (await archive.audit()).verdict == "broken", result.item
        if not change.startswith(("key", "ticket_id")):
            # Moved out of the ticket's sight it is found by the audit alone.
            assert (await archive.verify(STORY.ticket)).verdict == "broken", result.item
        await archive.rows(f"DELETE FROM item WHERE leaf_index = {leaf}")
        await archive.rows("INSERT INTO item SELECT * FROM saved")
        await archive.rows("DROP TABLE saved")
    assert await both(archive) == ("proved", "proved")


CHANGES = [
    ("a leaf removed", "DELETE FROM item WHERE leaf_index = 200"),
    (
        "two leaves swapped",
        """UPDATE item SET leaf_index = -leaf_index WHERE leaf_index IN (1, 2);
        UPDATE item SET leaf_index = 3 + leaf_index WHERE leaf_index < 0""",
    ),
    ("a link removed", "DELETE FROM link WHERE ticket_id = 'T-1' AND key = 'shop-a/O-1'"),
    ("a link invented", "INSERT INTO link VALUES ('shop-a/O-9', 'T-1', 1, gen_random_uuid())"),
    ("a tile", "UPDATE tile SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)"),
    ("a tile's root", "UPDATE tile SET root = set_byte(root, 0, get_byte(root, 0) # 1)"),
    ("the frontier", "UPDATE log_head SET frontier = set_byte(frontier, 3, 0)"),
    ("the log's size", "UPDATE log_head SET tree_size = 3, frontier = ''"),
    ("the log's name", "UPDATE log_head SET log = gen_random_uuid()"),
    ("a root", "UPDATE signed_head SET root = set_byte(root, 31, get_byte(root, 31) # 4)"),
    ("a signature", "UPDATE signed_head SET signature = set_byte(signature, 9, 0)"),
    ("a time", "UPDATE signed_head SET signed_at = signed_at - interval '1 day'"),
    ("a size", "UPDATE signed_head SET tree_size = tree_size + 1"),
    ("a negative size", "UPDATE signed_head SET tree_size = -tree_size"),
    ("the newest head removed", "DELETE FROM signed_head WHERE tree_size > 307"),
]
BEYOND_THE_TICKET = {"the frontier", "the log's size"}
BEYOND_THE_LOG = {"a link invented"}


@pytest.mark.parametrize(("what", "change"), CHANGES)
async def test_every_changed_table_is_found(archive: World, what: str, change: str) -> None:
    for statement in change.split(";"):
        await archive.rows(statement)
    ticket, log = await both(archive)
    assert ticket == ("proved" if what in BEYOND_THE_TICKET else "broken")
    assert log == ("proved" if what in BEYOND_THE_LOG else "broken")


async def test_every_object_that_is_gone_or_altered_is_found(archive: World) -> None:
    rows = await archive.rows("SELECT DISTINCT segment FROM item ORDER BY segment")
    digests = [row["segment"] for row in rows] + [bytes.fromhex(attachment(PHOTO).sha256)]
    own = {result.item.place.digest for result in (await archive.verify(STORY.ticket)).items}
    chance = random.Random(7)
    for digest in digests:
        content = archive.bytes_of(digest)
        for damaged in (None, b"", content[:-1], content + b"\x00", *flips(chance, content)):
            archive.overwrite(digest, damaged)
            assert (await archive.audit()).verdict == "broken"
            if digest in own or digest == digests[-1]:
                assert (await archive.verify(STORY.ticket)).verdict == "broken"
            archive.overwrite(digest, content)
    assert await both(archive) == ("proved", "proved")


def flips(chance: random.Random, content: bytes) -> Sequence[bytes]:
    """The content with one bit changed, at some places."""
    found = []
    for _ in range(8):
        changed = bytearray(content)
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        found.append(bytes(changed))
    return found


async def both_unpinned(world: World) -> tuple[str, str]:
    """Verdicts of somebody who believes the key that lies beside the log."""
    world.pinned = None
    verdicts = await both(world)
    world.pinned = Signer(SEED).public_key
    return verdicts


async def test_a_changed_key_beside_the_log_is_found_without_a_pinned_one(archive: World) -> None:
    await archive.rows("UPDATE signing_key SET public_key = set_byte(public_key, 1, 0)")
    assert await both_unpinned(archive) == ("broken", "broken")
    assert await both(archive) == ("proved", "proved")


async def test_a_log_signed_anew_with_another_key_fools_nobody_who_kept_the_key(
    archive: World,
) -> None:
    """Every head signed again by somebody with all rights."""
    (log,) = await archive.rows("SELECT log FROM log_head")
    await archive.rows("INSERT INTO signing_key VALUES ($1, $2)", OTHER.key_id, OTHER.public_key)
    for row in await archive.rows("SELECT * FROM signed_head"):
        head = Head(log["log"], row["tree_size"], row["root"], row["signed_at"])
        signed = OTHER.sign(head)
        await archive.rows(
            "UPDATE signed_head SET key_id = $2, signature = $3 WHERE tree_size = $1",
            head.size,
            signed.key_id,
            signed.signature,
        )
    assert await both_unpinned(archive) == ("proved", "proved")
    report = await archive.verify(STORY.ticket)
    assert {problem["problem"] for problem in report.problems} == {
        f"signed with unknown key {OTHER.key_id}"
    }


APPEND_ONLY = ("item", "link", "tile", "signing_key", "signed_head")


async def test_the_service_itself_can_only_append(database_url: str) -> None:
    await migrate_all(database_url, {"evidence": ""})
    database = await Database.connect(database_url, name="rights")
    try:
        async with database.transaction() as tx:
            rows = await tx.fetch(
                "SELECT t.name, r.deed, has_table_privilege($1, 'evidence.' || t.name, r.deed)"
                " AS allowed FROM unnest($2::text[]) AS t (name),"
                " unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS r (deed)",
                role_of("evidence"),
                list(APPEND_ONLY),
            )
    finally:
        await database.close()
    allowed = {(row["name"], row["deed"]) for row in rows if row["allowed"]}
    assert allowed == {(table, deed) for table in APPEND_ONLY for deed in ("SELECT", "INSERT")}
