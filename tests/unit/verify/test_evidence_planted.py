"""I17, I18 and I19 find a log or an object that somebody changed."""

from __future__ import annotations

import pytest

from cli.verify.domain_facts import Archive
from cli.verify.log_facts import shown
from cli.verify.merkle import EMPTY, leaf_hash, roots_at
from tests.support.small_system import SmallSystem, at
from tests.unit.verify.planted import offenders


@pytest.fixture
def archive(system: SmallSystem) -> Archive:
    assert system.facts.archive is not None
    return system.facts.archive


def test_a_leaf_was_changed(system: SmallSystem, archive: Archive) -> None:
    archive.hashes[1] = leaf_hash(b"another record")
    assert offenders(system, "I17") == (
        "root differs at size: 3", "root differs at size: 7", "frontier differs at size: 7",
    )  # fmt: skip
    assert offenders(system, "I19") == ("another record at leaf: 1",)


def test_a_leaf_was_taken_out(system: SmallSystem, archive: Archive) -> None:
    archive.indexes.pop(2)
    archive.hashes.pop(2)
    assert offenders(system, "I17") == ("leaf missing: 2",)


def test_the_last_leaves_were_cut_off(system: SmallSystem, archive: Archive) -> None:
    archive.indexes.pop()
    archive.hashes.pop()
    found = ("root differs at size: 7", "6 leaves in a log of size: 7")
    assert offenders(system, "I17") == found


def test_a_head_was_rewritten(system: SmallSystem, archive: Archive) -> None:
    archive.heads[1] = archive.heads[1]._replace(root=b"r" * 32)
    assert offenders(system, "I17") == (
        "root differs at size: 7", "not signed by a known key, size: 7",
    )  # fmt: skip
    (announced,) = (event.id for event in system.facts.stories.archived)
    assert offenders(system, "I18") == (
        "does not continue the one before, size: 7",
        f"announced under no signed head: {shown(announced)}",
    )


def test_a_head_is_signed_by_nobody_known(system: SmallSystem, archive: Archive) -> None:
    archive.keys["key-1"] = b"k" * 32
    assert offenders(system, "I17") == (
        "not signed by a known key, size: 3", "not signed by a known key, size: 7",
    )  # fmt: skip


def test_the_frontier_is_not_that_of_the_leaves(system: SmallSystem, archive: Archive) -> None:
    archive.frontier = archive.frontier[32:]
    assert offenders(system, "I17") == ("frontier differs at size: 7",)


def test_a_larger_head_was_signed_before_a_smaller(system: SmallSystem, archive: Archive) -> None:
    archive.heads[1] = archive.heads[1]._replace(signed_at=at(0))
    assert offenders(system, "I18") == ("signed before a smaller one, size: 7",)


def test_an_object_is_gone_or_another(system: SmallSystem, archive: Archive) -> None:
    archive.objects += [(b"g" * 32, None), (b"a" * 32, b"b" * 32)]
    archive.records[0] = (0, None)
    assert offenders(system, "I19") == (
        "no record of leaf: 0",
        f"missing object: {b'g'.hex() * 32}",
        f"altered object: {b'a'.hex() * 32}",
    )


def test_roots_are_those_of_the_standard() -> None:
    """Known answers of RFC 6962 trees over the records used by its reference implementations."""
    records = [b"", b"\x00", b"\x10", b"\x20\x21", b"\x30\x31", b"\x40\x41\x42\x43"]
    roots = roots_at([leaf_hash(record) for record in records], range(7))
    assert roots[0] == EMPTY
    assert roots[1].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert roots[2].hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
    assert roots[3].hex() == "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"
    assert roots[4].hex() == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
    assert roots[5].hex() == "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"
    assert roots[6].hex() == "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"
