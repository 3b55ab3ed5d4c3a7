"""A disk of its own can be filled to the last byte, and is gone at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chaos import catalog
from chaos.disks import MB, SIZES_MB, emptied, filled, lacking, mount, small_ones, unmounted

WORDS = b"\0" * MB


@pytest.fixture
def _can_mount() -> None:
    if reason := lacking():
        pytest.skip(f"{reason}; test_it_is_said_where_disks_can_not_be_made holds instead")


def test_it_is_said_where_disks_can_not_be_made(tmp_path: Path) -> None:
    """Wherever this runs: X20 is left out with the reason, or a disk can really be made."""
    if reason := lacking():
        assert catalog.lacking() == {"X20": reason}
        return
    assert catalog.lacking() == {}
    try:
        mount(tmp_path)
        assert all(os.path.ismount(tmp_path / name) for name in SIZES_MB)
    finally:
        unmounted(tmp_path)


@pytest.mark.usefixtures("_can_mount")
def test_a_full_disk_refuses_and_takes_again(tmp_path: Path) -> None:
    folder = tmp_path / "objects"
    try:
        mount(tmp_path)
        assert small_ones(tmp_path) == list(SIZES_MB)
        (folder / "before").write_bytes(WORDS)
        filled(folder)
        assert filled(folder) > 100 * MB
        with pytest.raises(OSError, match="No space left"):
            (folder / "more").write_bytes(WORDS)
        emptied(folder)
        (folder / "more").write_bytes(WORDS)
    finally:
        unmounted(tmp_path)
    assert not os.path.ismount(folder)
    assert list(folder.iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == set(SIZES_MB)


@pytest.mark.usefixtures("_can_mount")
def test_what_is_still_in_use_is_taken_out_of_sight(tmp_path: Path) -> None:
    mount(tmp_path)
    with (tmp_path / "kafka" / "in-use").open("wb"):
        unmounted(tmp_path)
    assert small_ones(tmp_path) == []
    unmounted(tmp_path)
