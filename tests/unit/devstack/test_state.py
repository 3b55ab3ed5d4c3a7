"""The state file: who runs, what is left over, which secrets stay."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest

from devstack.problems import StackError
from devstack.state import Keys, Mark, PartState, Phase, RunState, read_state, write_state


def test_is_empty_where_nothing_ever_ran(tmp_path: Path) -> None:
    state = read_state(tmp_path / "nothing")

    assert state.phase is Phase.STOPPED
    assert not state.running
    assert state.leftovers() == []


def test_is_read_as_written_and_closed_to_others(tmp_path: Path) -> None:
    state = RunState(phase=Phase.READY, supervisor=Mark.of(os.getpid()), keys=Keys.made(["sla"]))

    write_state(tmp_path, state)
    write_state(tmp_path, state)

    assert read_state(tmp_path) == state
    assert stat.S_IMODE((tmp_path / "state.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_one_of_another_version_is_refused_with_advice(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text('{"phase": "dancing"}')

    with pytest.raises(StackError) as caught:
        read_state(tmp_path)

    assert str(tmp_path) in caught.value.advice


def test_keys_are_fresh_and_long_enough() -> None:
    keys, others = Keys.made(["sla", "triage"]), Keys.made(["sla", "triage"])

    assert len(base64.b64decode(keys.master_key)) == 32
    assert keys.master_key != others.master_key
    assert keys.passwords["sla"] != keys.passwords["triage"]
    for secret in keys.shops.values():
        assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32


def test_a_later_process_with_the_same_id_is_not_the_marked_one() -> None:
    mark = Mark.of(os.getpid())
    assert mark is not None

    assert mark.alive
    assert not Mark(pid=mark.pid, born=mark.born - 60).alive


def test_parts_of_a_dead_supervisor_are_left_over() -> None:
    mine = Mark.of(os.getpid())
    gone = Mark(pid=os.getpid(), born=0.0)
    parts = [PartState(name="sla", state="ready", mark=mine), PartState(name="x", state="stopped")]

    assert [p.name for p in RunState(supervisor=gone, parts=parts).leftovers()] == ["sla"]
    assert RunState(supervisor=mine, parts=parts).leftovers() == []
