"""CPU time and memory of a family of processes whose children come and go."""

from __future__ import annotations

import os

import psutil
import pytest

from benchmarks import cpu


def test_a_child_that_ends_while_it_is_read_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = [psutil.NoSuchProcess(os.getpid() + 1)]
    real = psutil.Process.memory_info

    def once_gone(process: psutil.Process) -> object:
        if gone:
            raise gone.pop()
        return real(process)

    monkeypatch.setattr(psutil.Process, "memory_info", once_gone)
    assert cpu.family_cpu_s(os.getpid()) > 0


def test_a_process_that_is_gone_itself_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: psutil.Process) -> object:
        raise psutil.NoSuchProcess(os.getpid())

    monkeypatch.setattr(psutil.Process, "memory_info", never)
    with pytest.raises(psutil.NoSuchProcess):
        cpu.family_cpu_s(os.getpid())
