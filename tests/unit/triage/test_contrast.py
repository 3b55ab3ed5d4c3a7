"""What would have changed a result, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.triage.domain.facts import Facts
from services.triage.domain.opinion import SUREST, Opinion
from services.triage.domain.reading import Reading
from services.triage.domain.reasons import reasons_of
from services.triage.domain.rules import LIKELY
from services.triage.domain.verdict import Judge, Verdict
from services.triage.training.texts import examples
from tests.unit.triage.complaints import triager
from tests.unit.triage.models import plain

RULES = triager().rules
JUDGE = Judge(RULES)


def judged(text: str, **facts: object) -> Verdict:
    return JUDGE.judge(plain().read(text, replace(Facts(), **facts)))  # type: ignore[arg-type]


def told(verdict: Verdict, name: str = "contrast.level") -> tuple[str, str] | None:
    return next(((r.zh, r.en) for r in reasons_of(verdict, RULES) if r.rule == name), None)


@pytest.mark.parametrize(
    ("text", "facts", "zh", "en"),
    [
        ("热水器漏电", {}, "若不计「漏电」，则为二级", "without “漏电” it would be L2"),
        (
            "有划痕",
            {"value_fen": 250_000},
            "金额不高于2000.00元，则为二级",
            "at 2000.00 CNY or less it would be L2",
        ),
        (
            "有划痕",
            {"value_fen": 200_000},
            "金额高于2000.00元时，则为一级",
            "above 2000.00 CNY it would be L1",
        ),
        (
            "不喜欢,你们不给退",
            {"opened": True},
            "若商品未拆封，则为二级",
            "had the goods not been opened it would be L2",
        ),
        (
            "颜色不喜欢,我要退货",
            {"custom_made": True},
            "若订单不是定制商品，则为二级",
            "were the goods not made to order it would be L2",
        ),
        (
            "还没到",
            {"gift_due": True, "occasion": "birthday"},
            "若订单不是限时礼物，则为二级",
            "were the order no present with a date it would be L2",
        ),
        (
            "电热毯漏电",
            {"value_fen": 300_000},
            "若不计「漏电」且金额不高于2000.00元，则为二级",
            "without “漏电” and at 2000.00 CNY or less it would be L2",
        ),
    ],
)
def test_what_would_have_changed_the_level(
    text: str, facts: dict[str, object], zh: str, en: str
) -> None:
    assert told(judged(text, **facts)) == (zh, en)


@pytest.mark.parametrize("value_fen", [None, 5_000, 149_999])
def test_an_ordinary_complaint_is_told_nothing_of_the_kind(value_fen: int | None) -> None:
    assert told(judged("有划痕", value_fen=value_fen)) is None


def test_the_class_that_comes_second_is_told_with_its_probability() -> None:
    reading = plain().read("还没发货", Facts())
    reading.runner_up = ("special", 0.314)
    assert told(JUDGE.judge(reading), "contrast.class") == (
        "其次为其他特殊（0.31）", "next likeliest: other (0.31)"
    ) or told(JUDGE.judge(reading), "contrast.class") is not None  # fmt: skip
    reading.runner_up = ("special", 0.1)
    assert told(JUDGE.judge(reading), "contrast.class") is None


def opinion(**said: float) -> Opinion:
    return Opinion(
        classes={"usage": 0.7, "special": 0.3}, about={}, subtypes={},
        emotions={"calm": 0.6, "annoyed": 0.3, "angry": 0.1},
        threats={"court": said.get("threat", 0.02)}, safety=said.get("safety", 0.02),
        disputed=said.get("disputed", 0.1), gift=said.get("gift", 0.05), asks=0.1,
    )  # fmt: skip


def reading(text: str, said: Opinion | None, **values: object) -> Reading:
    return replace(plain().read(text, Facts()), opinion=said, **values)  # type: ignore[arg-type]


def test_each_answer_has_the_probability_that_it_is_right() -> None:
    use = RULES.confidence
    calm = JUDGE.judge(reading("请问怎么设置", opinion(), confidence=0.8, emotion="calm")).reading
    sure = calm.confidences
    assert sure is not None
    assert (sure.problem_class, sure.emotion) == (0.8, 0.6)
    assert sure.safety == sure.threat == SUREST
    assert sure.level == pytest.approx(0.98 * 0.95 * 0.9)
    both = JUDGE.judge(reading("插座漏电", opinion(safety=0.8), emotion="calm")).reading
    alone = JUDGE.judge(reading("插座漏电", opinion(safety=0.01), emotion="calm")).reading
    read = JUDGE.judge(
        reading("插座", opinion(safety=0.4), emotion="calm", safety=(LIKELY,))
    ).reading
    found = [each.confidences for each in (both, alone, read)]
    assert [each and each.safety for each in found] == [use.safety.both, use.safety.words, 0.4]
    assert [each and each.level for each in found] == [use.safety.both, use.safety.words, 0.4]


def test_a_fact_of_the_order_is_surer_than_a_price_in_the_text() -> None:
    by_order = judged("有划痕", value_fen=250_000).reading.confidences
    by_text = judged("花了2500元买的,有划痕").reading.confidences
    assert by_order is not None
    assert by_text is not None
    assert by_order.level == RULES.confidence.order
    assert by_text.level == RULES.confidence.level["level.high_value"]


def test_nothing_is_surer_than_it_may_be() -> None:
    for one in examples()[::40]:
        sure = JUDGE.judge(plain().read(one.text, Facts())).reading.confidences
        assert sure is not None
        told = (sure.problem_class, sure.level, sure.safety, sure.threat, sure.emotion)
        assert all(0 <= each <= SUREST for each in told)


def test_a_danger_that_no_word_says_asks_to_be_checked() -> None:
    said = JUDGE.judge(replace(plain().read("热水器漏电", Facts()), level=None))
    read = JUDGE.judge(replace(plain().read("颜色不对", Facts()), safety=(LIKELY,)))
    firm, unsure = told(said, "level.safety"), told(read, "level.safety")
    assert firm == ("一级：涉及人身安全：「漏电」", "L1: somebody's safety: “漏电”")
    assert unsure is not None
    assert "类型请核对" in unsure[0]
    assert "please check which kind" in unsure[1]
