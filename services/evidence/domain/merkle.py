"""RFC 6962 Merkle trees: appending, proofs and their verification. Pure, no storage.

`log` appends through `Frontier`; `tree` reads what a proof needs; `checks` verifies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int]
"""(level, number): the complete subtree over leaves number << level up to (number + 1) << level."""
Range = tuple[int, int]
"""Leaves from the first number up to, not including, the second."""


def leaf_hash(record: bytes) -> bytes:
    """Hash of a leaf: the prefix 0x00 keeps it apart from every node."""
    return sha256(b"\x00" + record).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node, prefix 0x01."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """All that appending needs: the roots of the complete subtrees, largest first."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def extended(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier after these leaf hashes; costs two hashes a leaf at most on average."""
        peaks = list(self.peaks)
        size = self.size
        for leaf in leaves:
            carry = size
            while carry & 1:
                leaf = node_hash(peaks.pop(), leaf)
                carry >>= 1
            peaks.append(leaf)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        """Merkle tree hash at this size."""
        return folded(self.peaks)

    def to_bytes(self) -> bytes:
        """The peaks one after the other."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> Frontier:
        """Read what `to_bytes` wrote. Raises ValueError when it does not fit the size."""
        if len(raw) != HASH_BYTES * size.bit_count():
            raise ValueError("the frontier does not fit its size")
        cuts = range(0, len(raw), HASH_BYTES)
        return cls(size, tuple(raw[at : at + HASH_BYTES] for at in cuts))


def folded(peaks: Sequence[bytes]) -> bytes:
    """Root over complete subtrees that lie side by side, largest first."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """Root of a complete subtree: the number of hashes is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def cover(leaves: Range) -> list[Node]:
    """The complete subtrees that make up a range of a proof, left to right, largest first."""
    start, end = leaves
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Ranges whose roots are the audit path of leaf `index` in a tree of `size` leaves."""
    if not 0 <= index < size:
        raise ValueError("the leaf lies outside the tree")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """Ranges whose roots prove that the tree of `second` leaves continues that of `first`."""
    if not 0 < first <= second:
        raise ValueError("a proof leads from a tree with leaves to one that is not smaller")
    proof: list[Range] = []
    start, end, whole = 0, second, True
    while first < end:
        middle = start + _split(end - start)
        if first <= middle:
            proof.append((middle, end))
            end = middle
        else:
            proof.append((start, middle))
            start, whole = middle, False
    if not whole:
        proof.append((start, end))
    return proof[::-1]


def _split(size: int) -> int:
    """Largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the audit path leads from the leaf hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            found = node_hash(sibling, found)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and found == root


def continues(
    first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether the proof shows that the second tree begins with the first (RFC 9162, 2.1.4.2)."""
    if first == second:
        return first_root == second_root and not proof
    if not 0 < first < second:
        return False
    path = list(proof)
    if first & (first - 1) == 0:
        path.insert(0, first_root)
    if not path:
        return False
    number, last = first - 1, second - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
