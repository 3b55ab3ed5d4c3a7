"""The Merkle tree: known vectors, every proof of small trees, forged proofs refused."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evidence.domain.merkle import (
    EMPTY_ROOT,
    Frontier,
    complete_root,
    consistency_ranges,
    continues,
    cover,
    folded,
    includes,
    inclusion_ranges,
    leaf_hash,
    node_hash,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of the reference implementation's own test, with the roots after each."""
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
SIZES = st.integers(1, 300)


def leaves_of(size: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(size)]


def root_by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(root_by_the_book(leaves[:split]), root_by_the_book(leaves[split:]))


def inclusion(leaves: list[bytes], index: int) -> list[bytes]:
    return [root_by_the_book(leaves[a:b]) for a, b in inclusion_ranges(index, len(leaves))]


def consistency(leaves: list[bytes], first: int) -> list[bytes]:
    return [root_by_the_book(leaves[a:b]) for a, b in consistency_ranges(first, len(leaves))]


def test_the_empty_tree() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Frontier().root == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_known_roots(size: int) -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES[:size]]
    assert Frontier().extended(leaves).root.hex() == ROOTS[size - 1]
    assert root_by_the_book(leaves).hex() == ROOTS[size - 1]


def test_known_audit_path() -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    assert [step.hex() for step in inclusion(leaves, 5)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_known_consistency_proof() -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    assert [step.hex() for step in consistency(leaves, 6)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(SIZES, st.lists(st.integers(0, 300), max_size=6))
def test_appending_in_any_parts_makes_the_same_tree(size: int, cuts: list[int]) -> None:
    leaves = leaves_of(size)
    frontier, at = Frontier(), 0
    for cut in [*sorted(min(cut, size) for cut in cuts), size]:
        frontier = frontier.extended(leaves[at:cut])
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
        at = cut
    assert frontier.root == root_by_the_book(leaves)


@pytest.mark.parametrize("raw", [b"", b"\x00" * 31, b"\x00" * 96])
def test_a_frontier_that_does_not_fit_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Frontier.from_bytes(3, raw)


def test_every_proof_of_small_trees() -> None:
    for size in range(1, 34):
        leaves = leaves_of(size)
        root = root_by_the_book(leaves)
        for index in range(size):
            assert includes(leaves[index], index, size, inclusion(leaves, index), root)
        for first in range(1, size):
            earlier = root_by_the_book(leaves[:first])
            assert continues(first, earlier, size, root, consistency(leaves, first))


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_a_range_is_covered_by_complete_subtrees(start: int, width: int) -> None:
    size = start + width
    for ranges in (inclusion_ranges(start, size), consistency_ranges(max(start, 1), size)):
        for first, end in ranges:
            at = first
            for level, number in cover((first, end)):
                assert number << level == at
                at += 1 << level
            assert at == end


@given(SIZES)
def test_covering_roots_fold_to_the_root(size: int) -> None:
    leaves = leaves_of(size)
    peaks = [complete_root(leaves[n << k : (n + 1) << k]) for k, n in cover((0, size))]
    assert folded(peaks) == root_by_the_book(leaves)


@given(st.data(), SIZES)
def test_a_forged_inclusion_proof_is_refused(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    root = root_by_the_book(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion(leaves, index)
    forged = data.draw(st.sampled_from(["leaf", "index", "size", "path", "root", "length"]))
    leaf, place, width = leaves[index], index, size
    if forged == "leaf":
        leaf = flipped(data, leaf)
    elif forged == "index":
        place = data.draw(st.integers(-1, size + 1).filter(lambda other: other != index))
    elif forged == "size":
        width = data.draw(st.integers(0, index))
    elif forged == "root":
        root = flipped(data, root)
    elif forged == "path" and path:
        at = data.draw(st.integers(0, len(path) - 1))
        path[at] = flipped(data, path[at])
    else:
        path = [*path, leaves[0]]
    assert not includes(leaf, place, width, path, root)


@given(st.data(), st.integers(2, 200))
def test_a_forged_consistency_proof_is_refused(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    first = data.draw(st.integers(1, size - 1))
    earlier, root = root_by_the_book(leaves[:first]), root_by_the_book(leaves)
    proof = consistency(leaves, first)
    forged = data.draw(st.sampled_from(["first", "second", "proof", "length", "longer"]))
    if forged == "first":
        earlier = flipped(data, earlier)
    elif forged == "second":
        root = flipped(data, root)
    elif forged == "proof":
        at = data.draw(st.integers(0, len(proof) - 1))
        proof[at] = flipped(data, proof[at])
    elif forged == "length":
        proof = proof[:-1]
    else:
        proof = [*proof, leaves[0]]
    assert not continues(first, earlier, size, root, proof)


def test_a_tree_continues_itself_without_proof() -> None:
    root = root_by_the_book(leaves_of(5))
    assert continues(5, root, 5, root, [])
    assert not continues(5, root, 5, root, [root])
    assert not continues(5, root, 5, EMPTY_ROOT, [])
    assert not continues(0, EMPTY_ROOT, 5, root, [])
    assert not continues(6, root, 5, root, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 4), (4, 4)])
def test_no_path_of_a_leaf_outside(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        inclusion_ranges(index, size)


def flipped(data: st.DataObject, raw: bytes) -> bytes:
    """The same bytes but for one bit."""
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    changed = bytearray(raw)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
