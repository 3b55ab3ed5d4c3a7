"""Proves a ticket's evidence: objects, leaves, inclusion under the newest head, head chain.

Called by `verify`. Believes nothing but the public key and the hashes it computes itself.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

from services.evidence.archive import Archive
from services.evidence.blobs import Blobs
from services.evidence.domain import merkle
from services.evidence.domain.checks import (
    CheckedSegment,
    StoredItem,
    checked_segment,
    file_digest,
    item_problems,
    linked_dossiers,
    record_of,
)
from services.evidence.domain.head import Head, SignedHead
from services.evidence.report import ItemResult, Report
from services.evidence.signing import is_signed, key_id
from services.evidence.tree import MissingHashError, Tree

HELD_SEGMENTS = 16
NO_LIMIT = 2**62


class Segments:
    """Reads and checks segments, keeping the last few."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._held: OrderedDict[bytes, CheckedSegment] = OrderedDict()

    async def get(self, digest: bytes) -> CheckedSegment:
        """The segment; one that is not there is empty and says so."""
        held = self._held.get(digest)
        if held is None:
            try:
                held = checked_segment(digest, await self._blobs.read(digest))
            except FileNotFoundError:
                held = CheckedSegment(b"", frozenset(), ("segment missing",))
            self._held[digest] = held
            if len(self._held) > HELD_SEGMENTS:
                self._held.popitem(last=False)
        return held


class Verifier:
    """Checks against one archive and object store; `pinned` is the only key believed, if given."""

    def __init__(self, archive: Archive, blobs: Blobs, pinned: bytes | None) -> None:
        self._archive = archive
        self._blobs = blobs
        self._pinned = pinned
        self.segments = Segments(blobs)

    async def ticket(self, ticket: str) -> Report:
        """Everything about one ticket, with the heads from the first that covers it on."""
        state = await self._archive.state()
        items = await self._archive.items_of_ticket(ticket)
        newest = await self._archive.newest_head(state.log)
        report = Report(ticket=ticket, newest=newest, key_pinned=self._pinned is not None)
        report.leaves = len(items)
        records = []
        for item in items:
            result, record = await self.item(item)
            records.append(record)
            report.files += item.kind == "file"
            report.add(result)
        if not items:
            return report
        await self._links(report, ticket, records)
        for digest, file_state in await self._archive.unsettled_files(ticket):
            report.pending |= file_state == "wanted"
            report.problem(f"file {digest[:16]}…", f"{file_state}, not archived")
        if newest is None:
            report.pending = True
            report.problem("log", "no head is signed yet")
            return report
        await self._no_gaps(report, newest.head.size)
        await self._included(report, newest.head)
        heads = await self._archive.heads(state.log, items[0].leaf_index + 1)
        await self.signatures(report, heads)
        await self._chain(report, heads)
        return report

    async def item(self, item: StoredItem) -> tuple[ItemResult, bytes]:
        """Check one item against its object; a file also against its own bytes."""
        segment = await self.segments.get(item.place.digest)
        problems = item_problems(item, segment)
        record = record_of(item, segment)
        if item.kind == "file":
            problems += await self._file(record)
        return ItemResult(item, problems), record

    async def _file(self, record: bytes) -> list[str]:
        try:
            digest, size = file_digest(record)
        except ValueError:
            return ["its record names no file"]
        look = await self._blobs.look(digest, NO_LIMIT)
        if look.outcome != "found":
            return [f"file {look.outcome}"]
        return [] if look.size_bytes == size else ["file has another size"]

    async def _links(self, report: Report, ticket: str, records: Sequence[bytes]) -> None:
        must, may = linked_dossiers(ticket, records)
        linked = await self._archive.links_of_ticket(ticket)
        for dossier in sorted(must - linked):
            report.problem(f"dossier {dossier}", "named by the ticket, but its link is gone")
        for dossier in sorted(linked - may):
            report.problem(f"dossier {dossier}", "linked, but no record names it")

    async def _no_gaps(self, report: Report, size: int) -> None:
        missing = size - await self._archive.count_items(size)
        if missing:
            report.problem("log", f"{missing} of {size} leaves have no item")

    async def _included(self, report: Report, head: Head) -> None:
        async with self._archive.database.transaction() as tx:
            tree = Tree(tx)
            for result in report.items:
                index = result.item.leaf_index
                problem = await _inclusion(tree, result.item, head)
                if problem:
                    result.problems.append(problem)
                    report.pending |= index >= head.size
                    report.problem(f"leaf {index}", problem)

    async def signatures(self, report: Report, heads: Sequence[SignedHead]) -> None:
        """Check every head's signature with the pinned key, or the one kept beside the log."""
        known = await self._archive.keys()
        if self._pinned is not None:
            known = {key_id(self._pinned): self._pinned}
        for signed in heads:
            report.heads += 1
            key = known.get(signed.key_id)
            if key is None:
                report.problem(_name(signed), f"signed with unknown key {signed.key_id}")
            elif not is_signed(signed, key):
                report.problem(_name(signed), "signature does not fit")

    async def _chain(self, report: Report, heads: Sequence[SignedHead]) -> None:
        async with self._archive.database.transaction() as tx:
            tree = Tree(tx)
            for earlier, later in pairwise(heads):
                one, two = earlier.head, later.head
                try:
                    proof = await tree.consistency(one.size, two.size)
                except (MissingHashError, ValueError) as error:
                    report.problem(_name(later), f"no proof: {error}")
                    continue
                if not merkle.continues(one.size, one.root, two.size, two.root, proof):
                    report.problem(_name(later), f"does not continue the head of size {one.size}")


async def _inclusion(tree: Tree, item: StoredItem, head: Head) -> str:
    if item.leaf_index >= head.size:
        return "under no signed head yet"
    try:
        path = await tree.inclusion(item.leaf_index, head.size)
    except (MissingHashError, ValueError) as error:
        return f"no proof: {error}"
    if merkle.includes(item.leaf_hash, item.leaf_index, head.size, path, head.root):
        return ""
    return "not under the newest signed head"


def _name(signed: SignedHead) -> str:
    return f"head {signed.head.size}"
