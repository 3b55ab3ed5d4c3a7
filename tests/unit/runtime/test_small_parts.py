"""The pure parts of the runtime: masking, back-off, limits, health, policies, ids, queries."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from runtime.backoff import Backoff
from runtime.clock import derived_id, named_id, new_id
from runtime.dead_letters import DeadLetterLimit
from runtime.fold import Wrapped, write
from runtime.health import Health
from runtime.policy import Policy, PolicyError, load_policy, parse_policy
from runtime.queries import Queries
from runtime.redaction import mask_text
from runtime.shop_secrets import SecretsError, ShopSecrets
from schemas.registry import EVENTS, read_event
from tests.support.golden import golden


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("打我电话13812345678，急", "12345"),
        ("call +86 138 1234 5678 now", "1234"),
        ("身份证110101199003074514谢谢", "19900307"),
        ("mail me: li.lei@example.org ok", "li.lei"),
        ("寄到幸福路3号楼2单元501室", "501"),
        ("card 6222 0202 0011 2233 445", "0202"),
        ("at 221 Baker Street please", "221"),
        ("太失望了，我叫李海燕，等回复", "海燕"),
        ("收件人：欧阳娜娜 电话在上面", "欧阳"),
        ("my name is Frank Walsh. This is annoying.", "Walsh"),
    ],
)
def test_personal_data_is_masked(text: str, hidden: str) -> None:
    masked = mask_text(text)
    assert hidden not in masked
    assert "*" in masked


@pytest.mark.parametrize(
    "text",
    [
        "收到货3天就坏了，订单20260305001",
        "paid 2000 yuan on 2026-03-05",
        "型号A1234，第2批",
        "",
        "收件人过敏，孩子吃了起疹子",
        "我叫马上退款你们不听",
        "本人高度怀疑漏电",
        "my name is wrong",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert mask_text(text) == text


@given(st.integers(0, 9), st.lists(st.integers(0, 9), min_size=8, max_size=8))
def test_at_least_six_digits_of_a_mobile_are_hidden(second: int, rest: list[int]) -> None:
    number = f"1{3 + second % 7}{second}" + "".join(map(str, rest))
    left = sum(char.isdigit() for char in mask_text(f"电话 {number}。"))
    assert left <= 5


@given(st.integers(1, 200))
def test_waits_grow_to_a_limit(tries: int) -> None:
    wait = Backoff(0.2, 30.0).wait_s(tries)
    assert 0.1 <= wait <= 30.0


def test_the_dead_letter_limit() -> None:
    limit = DeadLetterLimit(floor=5, share=0.1)
    assert limit.room() == 5
    limit.count(0, 5)
    assert limit.room() == 0
    assert limit.room(applying=100) == 5, "what the same batch applies counts"
    limit.count(1000, 0)
    assert limit.room() == 95


def test_health_is_progress() -> None:
    health = Health(stall_s=0.0)
    part = health.watch("pump")
    assert not health.report().ready
    health.started = True
    assert health.report().ready
    part.busy()
    assert "no progress" in health.report().complaints["pump"]
    part.done()
    part.trouble("the database is away")
    assert health.report().complaints == {"pump": "the database is away"}
    part.done()
    assert health.report().ready


class Sample(Policy):
    """A policy for this test."""

    limit: int = Field(gt=0, description="A number.")


def test_a_policy_version_follows_its_content(tmp_path: Path) -> None:
    (tmp_path / "sample.yaml").write_text("limit: 3\n")
    one = load_policy(tmp_path, "sample", Sample)
    (tmp_path / "sample.yaml").write_text("# a remark\nlimit:   3\n")
    assert load_policy(tmp_path, "sample", Sample).version == one.version
    assert parse_policy("sample", {"limit": 4}, Sample).version != one.version


@pytest.mark.parametrize(
    "text",
    [
        b"limit: 0",
        b"limits: 3",
        b"- 1",
        b"limit: [",
        b"",
        b"limit: \xff\xfe",
        b"limit: &a [*a]",
        b"limit: 2026-13-45",
        b"limit: 3\n4: 5",
        b'limit: "\\uD800"',
        b"limit: " + b"[" * 3_000,
    ],
)
def test_an_unusable_policy_says_where(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "sample.yaml").write_bytes(text)
    with pytest.raises(PolicyError, match=r"sample\.yaml"):
        load_policy(tmp_path, "sample", Sample)


def test_ids_are_ordered_and_derived_ones_repeat() -> None:
    first = new_id()
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    cause = UUID(int=1)
    assert derived_id(cause, "a") == derived_id(cause, "a") != derived_id(cause, "b")
    assert named_id("a", "bc") != named_id("ab", "c")


def test_queries_are_named_once(tmp_path: Path) -> None:
    path = tmp_path / "q.sql"
    path.write_text("-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2;\n")
    loaded = Queries.load(path)
    assert loaded.one == "SELECT 1;"
    assert loaded.names == {"one", "two"}
    path.write_text("-- name: one\nSELECT 1;\n-- name: one\nSELECT 2;\n")
    with pytest.raises(ValueError, match="twice"):
        Queries.load(path)


def _secrets(tmp_path: Path, content: object) -> ShopSecrets:
    path = tmp_path / "shops.json"
    path.write_text(json.dumps(content))
    return ShopSecrets.load(path)


GOOD = "whsec_" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


def test_an_old_secret_ends(tmp_path: Path) -> None:
    ends = datetime(2026, 3, 1, tzinfo=UTC)
    shops = _secrets(
        tmp_path, {"a": [{"secret": GOOD}, {"secret": GOOD, "expires_at": ends.isoformat()}]}
    )
    assert len(shops.active("a", int(ends.timestamp()) - 1) or ()) == 2
    assert len(shops.active("a", int(ends.timestamp())) or ()) == 1
    assert shops.active("b", 0) is None


@pytest.mark.parametrize(
    "content",
    [{}, [], {"a": []}, {"a": [{"secret": "short"}]}, {"a": [{"secret": GOOD}] * 3}, {"a": [{}]}],
)
def test_unusable_secrets_refuse_to_start(tmp_path: Path, content: object) -> None:
    with pytest.raises(SecretsError) as error:
        _secrets(tmp_path, content)
    assert "a2tr" not in str(error.value)


def test_missing_secrets_refuse_to_start(tmp_path: Path) -> None:
    with pytest.raises(SecretsError):
        ShopSecrets.load(tmp_path / "none.json")


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.__name__)
def test_what_the_fold_writes_is_what_everybody_reads(event: type) -> None:
    full = read_event(json.dumps(golden(event, "full")).encode())
    again = read_event(write(Wrapped(*(getattr(full, name) for name in Wrapped._fields))))
    assert again == full
