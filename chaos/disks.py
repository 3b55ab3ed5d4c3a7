"""File systems of their own, and small, under the data of a run, so that a disk can be full.

Called by `run` before the stack starts. Mounting takes root, a loop device and ext4's tool: where
one is lacking no disk can be filled, and the verdict says so.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from devstack.problems import StackError

MB = 1024 * 1024
SIZES_MB: Mapping[str, int] = {"objects": 256, "postgres": 3072, "kafka": 2048}
"""Folders of a stack's run folder by the room that a run may need; the files behind them grow
only with what is written."""
TRIAL_MB = 8
TOOLS = ("mkfs.ext4", "mount", "umount")
BALLAST = "ballast"
BLOCK = 512
"""In which a file's room is counted, whatever the file system."""
GIVE_UP, TRY_S = 20, 0.25
"""After so many tries to unmount a folder it is only taken out of sight, until nobody uses it."""


@cache
def lacking() -> str:
    """Why no file system can be mounted here; empty when one can. Tries it once."""
    if os.geteuid() != 0:
        return "only root may mount"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        return f"{missing[0]} is not installed"
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "trial"
        try:
            _mount(folder, TRIAL_MB)
            _run("umount", str(folder))
        except StackError as error:
            return f"this machine refuses to mount: {error.advice}"
    return ""


@asynccontextmanager
async def mounted(run_dir: Path) -> AsyncIterator[None]:
    """Each folder of SIZES_MB lies on a file system of its own until the block ends."""
    mounting = asyncio.create_task(asyncio.to_thread(mount, run_dir))
    try:
        await asyncio.shield(mounting)
        yield
    finally:
        await asyncio.wait({mounting})  # whoever is told to end must not be overtaken by a mount
        await asyncio.shield(asyncio.to_thread(unmounted, run_dir))


def mount(run_dir: Path) -> None:
    """Give each folder of SIZES_MB, new and empty, a file system. Raises StackError."""
    for name, size_mb in SIZES_MB.items():
        _mount(run_dir / name, size_mb)


def unmounted(run_dir: Path) -> None:
    """Take down what a run mounted, also one that could not tidy up. A second call does
    nothing."""
    for name in SIZES_MB:
        folder = run_dir / name
        tries = 0
        while os.path.ismount(folder):
            tries += 1
            how = ("--lazy",) if tries > GIVE_UP else ()
            try:
                _run("umount", *how, str(folder))
            except StackError:
                if how:
                    raise
                time.sleep(TRY_S)
        _image(folder).unlink(missing_ok=True)


def filled(folder: Path) -> int:
    """Leave no room on a file system, however often it is called; bytes of ballast.

    Raises OSError when there is still room.
    """
    ballast = folder / BALLAST
    with ballast.open("ab") as file:
        for _ in range(3):
            room = os.statvfs(folder)
            free = room.f_bavail * room.f_frsize
            try:
                taken = os.fstat(file.fileno()).st_blocks * BLOCK
                os.posix_fallocate(file.fileno(), taken, max(free, MB))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return os.fstat(file.fileno()).st_blocks * BLOCK
    raise OSError(f"{folder} still has room")


def emptied(folder: Path) -> None:
    """Give the room back. A second call does nothing."""
    (folder / BALLAST).unlink(missing_ok=True)


def small_ones(run_dir: Path) -> Sequence[str]:
    """The folders of a run that can be filled."""
    return [name for name in SIZES_MB if os.path.ismount(run_dir / name)]


def _mount(folder: Path, size_mb: int) -> None:
    """Raises StackError."""
    folder.mkdir(parents=True, exist_ok=True)
    image = _image(folder)
    with image.open("wb") as file:
        file.truncate(size_mb * MB)
    _run("mkfs.ext4", "-q", "-F", "-m", "0", str(image))
    _run("mount", "-o", "loop", str(image), str(folder))
    (folder / "lost+found").rmdir()


def _image(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.disk")


def _run(*words: str) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{words[0]} failed ({done.returncode})", done.stderr.partition("\n")[0])
