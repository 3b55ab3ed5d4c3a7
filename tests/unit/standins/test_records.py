"""The record of the stand-ins: what is written is read back, and nothing personal is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devstack.standins.accounts import Accounts, load, load_or_create, save
from devstack.standins.records import (
    DamagedRecordError,
    RecordFile,
    SendRecord,
    accepted_sends,
    masked,
    read,
    recipient_hash,
    without_phones,
)
from devstack.standins.reports import is_loopback

SENT = SendRecord(
    provider="aliyun_sms",
    at=datetime(2026, 1, 4, 9, 0, 0, 123, tzinfo=UTC),
    accepted=True,
    code="OK",
    out_id="n-1",
    recipient_hash="h",
    recipient_masked="138******00",
    text="你好\u2028😀",
    params={"name": "小明\n"},
    provider_message_id="1^0",
)
REFUSED = SendRecord(provider="wecom", at=SENT.at, accepted=False, code="45009")
ASKED = SendRecord(provider="aliyun_sms", at=SENT.at, accepted=True, code="OK", kind="ask")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = RecordFile(tmp_path / "deep" / "record.jsonl")
    for each in (SENT, REFUSED, ASKED):
        file.append(each)
    file.close()
    return tmp_path / "deep" / "record.jsonl"


def test_it_is_read_back_as_written(path: Path) -> None:
    assert list(read(path))[1:] == [REFUSED, ASKED]
    assert next(read(path)).params == SENT.params
    assert next(read(path)).text == SENT.text
    assert [each.out_id for each in accepted_sends(path)] == ["n-1"]


def test_half_a_character_does_not_spoil_the_line(path: Path) -> None:
    file = RecordFile(path)
    file.append(replace(SENT, text="x\ud800y"))
    file.close()
    assert [each.text for each in read(path)][-1] == "x?y"


def test_no_file_is_no_records(tmp_path: Path) -> None:
    assert list(read(tmp_path / "none.jsonl")) == []


def test_a_line_being_written_is_left_out_and_cut_off_on_restart(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"provider": "wec')
    assert len(list(read(path))) == 3
    file = RecordFile(path)
    file.append(REFUSED)
    file.close()
    assert len(list(read(path))) == 4


def test_damage_in_the_middle_is_loud(path: Path) -> None:
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(DamagedRecordError, match="line 1"):
        list(read(path))


def test_phones_and_keys_are_masked() -> None:
    assert masked("13812345678") == "138******78"
    assert masked("short") == "*****"
    assert without_phones("call 13812345678, order 20260104138123456789") == (
        "call 138******78, order 20260104138123456789"
    )
    assert without_phones("+8613812345678") == "+138******78"


def test_a_hash_needs_the_salt() -> None:
    assert recipient_hash("13812345678", "a" * 16) != recipient_hash("13812345678", "b" * 16)


def test_accounts_are_made_once_and_for_this_user_only(tmp_path: Path) -> None:
    path = tmp_path / "accounts.json"
    made = load_or_create(path)
    assert load_or_create(path) == made == load(path)
    assert path.stat().st_mode & 0o077 == 0
    assert made.aliyun_key_secret not in repr(made)
    more = Accounts.fresh(robots=3)
    save(more, path)
    assert len(load(path).wecom_keys) == len(more.dingtalk_robots) == len(more.feishu_bots) == 3


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8080/x", True),
        ("http://127.8.9.1/x", True),
        ("http://[::1]:8080/x", True),
        ("http://localhost:8080/x", True),
        ("https://127.0.0.1/x", False),
        ("http://user@127.0.0.1/x", False),
        ("http://10.0.0.1/x", False),
        ("http://0.0.0.0/x", False),
        ("http://2130706433/x", False),
        ("http://example.test/x", False),
        ("file:///x", False),
        ("", False),
    ],
)
def test_reports_stay_on_this_machine(url: str, is_here: bool) -> None:
    assert is_loopback(url) is is_here
