"""The contract of `classify`: what is answered to messages, and which facts count."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.policy import load_policy
from schemas.triage import Emotion, Nature, Route
from schemas.values import Level, ProblemClass
from services.triage.classify import POLICIES
from services.triage.domain import Triager, triaged_of
from services.triage.messages import is_blank, message_of, ticket_of
from services.triage.model import LinearScorer, load
from services.triage.policy import TriagePolicy
from tests.unit.triage.classified import answer, answered
from tests.unit.triage.complaints import NOW, opened, order

FIELDS = [
    "id", "class", "also", "subtype", "nature", "level", "emotion", "demands", "safety", "threat",
    "route", "confidence", "reasons",
]  # fmt: skip
SEVEN = {"refund", "return", "exchange", "reship", "compensation", "repair", "explanation"}


def shape_is_right(found: dict[str, Any]) -> None:
    """Every field of the contract, and nothing outside its words."""
    assert list(found) == FIELDS
    assert found["class"] in get_args(ProblemClass)
    assert set(found["also"]) <= set(get_args(ProblemClass)) - {found["class"]}
    assert found["nature"] in get_args(Nature)
    assert found["level"] in get_args(Level)
    assert found["emotion"] in get_args(Emotion)
    assert found["route"] in get_args(Route)
    assert set(found["demands"]) <= SEVEN
    assert len(found["demands"]) == len(set(found["demands"]))
    assert isinstance(found["safety"], bool)
    assert isinstance(found["threat"], bool)
    assert [*found["confidence"]] == ["class", "level", "safety", "threat", "emotion"]
    assert all(0 <= sure <= 1 for sure in found["confidence"].values())
    assert found["reasons"]
    for reason in found["reasons"]:
        (kind,) = reason.keys() - {"text_zh", "text_en"}
        assert kind in {"rule", "ngram", "order"}
        assert all(reason.values())


def test_answers_in_order_with_the_fields_of_the_contract() -> None:
    texts = ["灯到手就碎了", "快递三天没动静了", "怎么连接蓝牙？", "客服一直不理人", "多久能退款"]
    found = answered(*({"id": f"m-{n}", "text": texts[n % 5]} for n in range(12)))
    assert [each["id"] for each in found] == [f"m-{n}" for n in range(12)]
    for each in found:
        shape_is_right(each)
    assert found[1]["class"] == "logistics"


@given(
    st.text(min_size=1, max_size=60).filter(lambda text: not is_blank(text) and "\0" not in text)
)
def test_answers_every_text(text: str) -> None:
    shape_is_right(answer(text))


def test_gives_the_id_back_as_it_is() -> None:
    found = answered({"id": 7, "text": "退货"}, {"id": "七/7 ", "text": "退货"})
    assert [each["id"] for each in found] == [7, "七/7 "]


def test_danger_is_told_with_the_rule_that_made_the_level() -> None:
    found = answer("灯到手就碎了，还割伤了手")
    assert (found["safety"], found["level"], found["route"]) == (True, "L1", "urgent_group")
    assert found["reasons"][0]["rule"] == "level.safety"
    assert found["confidence"]["level"] == found["confidence"]["safety"] >= 0.9


@pytest.mark.parametrize(
    ("at", "level"), [("2026-12-20T02:00:00Z", "L1"), ("2026-06-01T02:00:00Z", "L2")]
)
def test_a_present_for_a_feast_is_urgent_when_the_feast_is_near(at: str, level: str) -> None:
    assert answer("圣诞礼物刻错名字了", at=at)["level"] == level


def test_a_threat_is_yes_or_no() -> None:
    assert answer("再不处理我就打12315投诉你们")["threat"] is True
    assert answer("请问什么时候发货")["threat"] is False


def test_demands_have_the_seven_names() -> None:
    found = answer("第二天就降价了，要求退差价，再补赔偿，还要开发票")
    assert found["demands"] == ["compensation"]


@pytest.mark.parametrize(("fen", "level"), [(200_000, "L2"), (200_001, "L1")])
def test_value_counts_above_the_limit_only(fen: int, level: str) -> None:
    found = answer("颜色和页面上不一样", order={"value_fen": fen})
    assert found["level"] == level


def test_a_fact_of_the_order_is_named_as_one() -> None:
    found = answer("颜色和页面上不一样", order={"value_fen": 300_000})
    assert found["reasons"][0]["order"] == "level.high_value"
    assert found["confidence"]["level"] == 0.97
    stated = answer("花了3000元买的，颜色和页面上不一样")
    assert stated["level"] == "L1"
    assert stated["reasons"][0]["rule"] == "level.high_value"


@pytest.mark.parametrize(
    ("order", "level"),
    [
        ({"gift": True, "promised_at": "2026-06-02T10:00:00+08:00"}, "L1"),
        ({"gift": {"occasion": "生日", "needed_by": "2026-06-02T10:00:00+08:00"}}, "L1"),
        ({"gift": {}, "promised_at": "2026-06-02T10:00:00+08:00"}, "L1"),
        ({"gift": {"occasion": None}, "promised_at": "2026-06-02T10:00:00+08:00"}, "L1"),
        ({"gift": True}, "L2"),
        ({"gift": False, "promised_at": "2026-06-02T10:00:00+08:00"}, "L2"),
        ({"gift": True, "promised_at": "2026-09-02T10:00:00+08:00"}, "L2"),
        ({"gift": None, "value_fen": None, "opened": None, "received_at": None}, "L2"),
    ],
)
def test_a_present_is_urgent_when_its_day_is_near(order: dict[str, Any], level: str) -> None:
    found = answer("颜色和页面上不一样", order=order, at="2026-06-01T10:00:00+08:00")
    assert found["level"] == level


def test_without_a_time_a_present_is_looked_at_on_its_day() -> None:
    order = {"gift": True, "promised_at": "2019-06-02T10:00:00+08:00"}
    assert answer("颜色和页面上不一样", order=order)["level"] == "L1"


def test_other_facts_reach_the_rules() -> None:
    custom = answer("刻的字不对，我要退货", order={"custom_made": True})
    assert custom["level"] == "L3"
    used = answer(
        "拆了包装就不给退了", order={"opened": True, "received_at": "2026-05-30T00:00:00Z"}
    )
    assert used["level"] == "L3"
    late = {"promised_at": "2026-05-01T10:00:00Z"}
    message = message_of(json.dumps({"id": 1, "text": "货呢", "order": late}).encode())
    ticket = ticket_of(message, NOW)
    assert ticket.opened_at == NOW
    assert ticket.order is not None
    assert ticket.order.promised_delivery_at == datetime(2026, 5, 1, 10, tzinfo=UTC)


def test_reads_as_the_live_service_does() -> None:
    triager = Triager(load_policy(POLICIES, "triage", TriagePolicy), LinearScorer(load()))
    day = "2026-06-02T10:00:00Z"
    orders: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"paid_fen": 250_000, "delivered_at": None}, {"value_fen": 250_000}),
        ({"custom_made": True}, {"value_fen": 5_000, "custom_made": True, "received_at": NOW}),
        (
            {"gift": {"occasion": "生日", "needed_by": day}, "delivered_at": None},
            {"value_fen": 5_000, "gift": {"occasion": "生日", "needed_by": day}},
        ),
        (
            {"promised_delivery_at": "2026-05-30T10:00:00Z", "delivered_at": None},
            {"value_fen": 5_000, "promised_at": "2026-05-30T10:00:00Z"},
        ),
    ]
    for text in ("灯还没到，说好的日子过了", "颜色和页面上不一样，我要退货", "割伤了手，赔钱"):
        for known, stated in orders:
            ticket = opened(text, order=order(**known)).data
            verdict = triager.verdict(ticket)
            live = triaged_of(ticket, verdict, triager.rules, NOW)
            stated = {k: v.isoformat() if v is NOW else v for k, v in stated.items()}
            found = answer(text, order=stated, at=NOW.isoformat())
            assert (found["class"], found["level"]) == (live.problem_class, live.level)
            assert (found["route"], found["subtype"]) == (live.route, live.subtype)
            told = [(reason["text_zh"], reason["text_en"]) for reason in found["reasons"]]
            assert told == [(reason.zh, reason.en) for reason in live.reasons]


def test_unknown_fields_are_passed_over() -> None:
    plain = answer("退货")
    order = {"sku": [1]}
    assert answer("退货", shop=1, order=order, channel="somewhere")["level"] == plain["level"]
