"""I17, I18 and I19: the evidence log is what its heads say, and its records are what was logged."""

from __future__ import annotations

from itertools import pairwise

from cli.verify.facts import Facts
from cli.verify.log_facts import shown
from cli.verify.merkle import head_text, is_signed, root_of, roots_at
from cli.verify.report import Findings, Verdict

NO_SCHEMA = "evidence has no schema in this database"


def heads_fit(facts: Facts) -> Verdict:
    """I17: the root rebuilt from the leaves is each signed head's, and the log's own."""
    found = Findings("I17", "the Merkle root rebuilt from leaves = each signed head")
    archive = facts.archive
    if archive is None:
        return found.not_applicable(NO_SCHEMA)
    found.count("leaves", len(archive.hashes))
    gap = next((n for n, index in enumerate(archive.indexes) if n != index), None)
    if gap is not None:
        found.offend("leaf missing", gap)
        return found.verdict()
    roots = roots_at(archive.hashes, [*(head.size for head in archive.heads), archive.size])
    for head in archive.heads:
        found.count("heads")
        if roots.get(head.size) != head.root:
            found.offend("root differs at size", head.size)
        key = archive.keys.get(head.key)
        text = head_text(archive.log, head.size, head.root, head.signed_at)
        if key is None or not is_signed(text, head.signature, key):
            found.offend("not signed by a known key, size", head.size)
    peaks = [archive.frontier[at : at + 32] for at in range(0, len(archive.frontier), 32)]
    if len(archive.hashes) != archive.size:
        found.offend(f"{len(archive.hashes)} leaves in a log of size", archive.size)
    elif roots[archive.size] != root_of(peaks):
        found.offend("frontier differs at size", archive.size)
    return found.verdict()


def heads_agree(facts: Facts) -> Verdict:
    """I18: later heads only add: sizes and times ascend, and what was announced was signed.

    Heads whose roots were all rebuilt from one list of leaves (I17) are prefixes of each other.
    """
    found = Findings("I18", "each head is consistent with all earlier ones")
    archive = facts.archive
    if archive is None:
        return found.not_applicable(NO_SCHEMA)
    roots = roots_at(archive.hashes, (head.size for head in archive.heads))
    ordered = sorted(archive.heads, key=lambda head: head.size)
    for earlier, later in pairwise(ordered):
        found.count("pairs")
        if earlier.size == later.size:
            found.offend("two heads of size", later.size)
        if later.signed_at < earlier.signed_at:
            found.offend("signed before a smaller one, size", later.size)
        if roots.get(later.size) != later.root and roots.get(earlier.size) == earlier.root:
            found.offend("does not continue the one before, size", later.size)
    signed = {head.size: head.root.hex() for head in archive.heads}
    for event in facts.stories.archived:
        found.count("announced")
        if signed.get(event.tree_size) != event.root:
            found.offend("announced under no signed head", shown(event.id))
    return found.verdict()


def objects_fit(facts: Facts) -> Verdict:
    """I19: each record and each object is still what its hash says."""
    found = Findings("I19", "each object's SHA-256 = its leaf, each leaf's object is readable")
    archive = facts.archive
    if archive is None:
        return found.not_applicable(NO_SCHEMA)
    if archive.store_missing:
        return found.not_applicable(archive.store_missing)
    for index, record in archive.records:
        found.count("records")
        if record is None:
            found.offend("no record of leaf", index)
        elif index >= len(archive.hashes) or record != archive.hashes[index]:
            found.offend("another record at leaf", index)
    for name, content in archive.objects:
        found.count("objects")
        if content is None:
            found.offend("missing object", name.hex())
        elif content != name:
            found.offend("altered object", name.hex())
    if len(archive.records) < len(archive.hashes):
        found.note(f"a sample of {len(archive.hashes)} leaves")
    return found.verdict()
