"""Levels, routes and priority: safety, presents, value, disputes, emotion, watched channels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from schemas.values import Gift
from services.triage.domain.facts import Facts
from services.triage.domain.verdict import Judge
from tests.unit.triage.complaints import NOW, order, rules, triaged, triager
from tests.unit.triage.models import plain


@pytest.mark.parametrize(
    "text",
    [
        "热水器外壳漏电，摸上去手麻",
        "充电宝鼓包了，会不会爆炸",
        "孩子吃了拉肚子，去医院挂水了",
        "面膜用完整张脸红肿过敏",
        "牛奶打开是臭的，里面还有虫子",
        "充电的时候插头冒烟，有焦味",
        "玻璃杯突然炸开，手指划破流血",
        "the charger caught fire last night",
        "my son had an allergic reaction and ended up in hospital",
        "found a cockroach inside the box of biscuits",
        "I got an electric shock from the kettle",
    ],
)
def test_danger_to_somebody_is_l1(text: str) -> None:
    event = triaged(text)
    assert event.safety
    assert event.level == "L1"
    assert event.route == "urgent_group"
    assert "level.safety" in rules(event)


@pytest.mark.parametrize(
    "text",
    [
        "检查过了，没有漏电，就是不制热",
        "洗发水漏了半瓶，瓶盖没拧紧",
        "这个直播间真是炸了，太好笑，就是发货慢",
        "我气炸了，等了十天还没到",
        "手机待机一晚漏电30%",
        "油炸锅的盖子掉漆",
        "优惠券过期了不能用",
        "收到的苹果有点不新鲜",
        "用了没有过敏，就是味道不好闻",
        "空气炸锅有划痕",
        "there is no smoke, it simply does not heat",
        "the shampoo leaked in the box",
    ],
)
def test_words_that_only_look_dangerous_are_not(text: str) -> None:
    event = triaged(text)
    assert not event.safety, [r.zh for r in event.reasons]
    assert event.level == "L2"


@pytest.mark.parametrize(("paid_fen", "level"), [(200_000, "L2"), (200_001, "L1")])
def test_exactly_two_thousand_is_not_above_it(paid_fen: int, level: str) -> None:
    event = triaged("收到有划痕", order_id="O-1", order=order(paid_fen=paid_fen))
    assert event.level == level
    assert ("level.high_value" in rules(event)) == (level == "L1")


def test_a_known_order_beats_the_price_in_the_text() -> None:
    assert triaged("花了2999元买的，有划痕").level == "L1"
    assert triaged("花了2999元买的，有划痕", order=order(paid_fen=19_900)).level == "L2"
    assert triaged("花了2000元买的，有划痕").level == "L2"


@pytest.mark.parametrize(
    ("left", "level"),
    [
        (timedelta(hours=20), "L1"),
        (timedelta(hours=-20), "L1"),
        (timedelta(days=30), "L2"),
        (timedelta(days=-30), "L2"),
        (None, "L2"),
    ],
)
def test_a_present_with_a_near_date_is_l1(left: timedelta | None, level: str) -> None:
    needed = None if left is None else NOW + left
    gift = Gift(occasion="birthday", needed_by=needed)
    event = triaged("包裹停在中转站不动了", order=order(gift=gift, delivered_at=None))
    assert event.level == level
    if level == "L1":
        assert any("birthday" in reason.zh for reason in event.reasons)


@pytest.mark.parametrize(
    "text",
    [
        "给妈妈买的生日礼物，今天就要用，还没到",
        "明天要送人的，包装破成这样怎么送得出手",
        "后天就是父亲节了，给爸爸的手表还没发货",
        "It is a birthday gift for my daughter and it still has not arrived",
    ],
)
def test_a_present_with_a_date_in_words_is_l1(text: str) -> None:
    assert triaged(text).level == "L1"


@pytest.mark.parametrize("text", ["送的礼品袋是破的", "配送人员今天态度不好", "生产日期是去年的"])
def test_words_near_a_present_are_none(text: str) -> None:
    assert not any(rule.startswith("level.") and "gift" in rule for rule in rules(triaged(text)))


@pytest.mark.parametrize(
    "text",
    [
        "耳机拆封试听了一次，客服说拆封不给退",
        "因为已激活就不能退货，我才打开十分钟",
        "They refuse the return because the box was opened",
        "刻字的手镯刻错一个字，还说定制商品不支持退货",
        "不给我转500块就等着差评刷屏，抖音曝光你们",
        "Pay me $300 or I will flood your page with one star reviews",
    ],
)
def test_disputes_are_l3_and_go_to_supervisor_and_legal(text: str) -> None:
    event = triaged(text)
    assert event.level == "L3"
    assert event.route == "supervisor_legal"


@pytest.mark.parametrize(
    "text",
    ["请问拆封了还能退吗", "再不发货我就去12315投诉你们", "不退款我就发小红书曝光", "不发货就投诉"],
)
def test_a_question_or_a_bare_threat_is_no_dispute(text: str) -> None:
    assert triaged(text).level == "L2"


def test_order_facts_make_a_dispute() -> None:
    custom = order(custom_made=True)
    assert triaged("颜色不喜欢，我要退货", order=custom).level == "L3"
    assert (
        triaged("还没发货，要退款", order=custom.model_copy(update={"delivered_at": None})).level
        != "L1"
    )
    assert triaged("不喜欢，你们不给退", opened_goods=True).level == "L3"
    assert triaged("不喜欢，想退货", opened_goods=False).level == "L2"


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("可以退吗", "L2"),
        ("请问能换吗", "L2"),
        ("能不能退", "L2"),
        ("怎么退货", "L2"),
        ("can i return it?", "L2"),
        ("我要退货", "L3"),
        ("要求赔偿", "L3"),
        ("客服说不给退，可以退吗", "L3"),
        ("你们不给退，凭什么", "L3"),
        ("they refused my return, can i return it?", "L3"),
    ],
)
def test_a_question_about_custom_goods_is_no_dispute_a_refusal_is(text: str, level: str) -> None:
    reading = plain().read(text, Facts(custom_made=True))
    assert Judge(triager().rules).judge(reading).level.level == level


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("生日是1990年5月1日，会员资料怎么改", "L2"),
        ("会员资料里生日填错了", "L2"),
        ("生日礼物去年买的坏了", "L2"),
        ("给自己过生日买的裙子，小了", "L2"),
        ("明天生日，礼物怎么改地址", "L1"),
        ("生日礼物1999元买的，明天要用", "L1"),
        ("去年也在你家买的，明天我妈生日还没到", "L1"),
        ("给妈妈过生日买的，今天就要，还没到", "L1"),
    ],
)
def test_a_birthday_needs_a_near_day_or_a_hurry(text: str, level: str) -> None:
    for likely in ((), ("likely_gift",)):
        reading = plain().read(text, Facts())
        reading.signs |= {*likely}
        assert Judge(triager().rules).judge(reading).level.level == level


def test_a_present_without_a_day_is_told_not_to_count() -> None:
    undated = triaged("颜色不对", order=order(gift=Gift(occasion="gift", needed_by=None)))
    assert "order.present_undated" in rules(undated)
    dated = triaged("颜色不对", order=order(gift=Gift(occasion="gift", needed_by=NOW)))
    assert "order.present_undated" not in rules(dated)
    assert any("(礼物)" in r.zh and "(present)" in r.en for r in dated.reasons)
    assert "order.present_undated" not in rules(triaged("颜色不对", order=order()))
    assert "order.present_undated" not in rules(triaged("颜色不对"))


def test_a_price_in_the_text_is_told_as_what_the_customer_states() -> None:
    def told(**known: Any) -> list[str]:
        event = triaged("花了3000元买的，有划痕", **known)
        return [r.zh for r in event.reasons if r.rule == "level.high_value"]

    assert told() == ["一级：金额3000.00元，高于2000.00元（客户自述「花了3000元」，未经订单核对）"]
    assert told(order=order(paid_fen=250_000)) == ["一级：金额2500.00元，高于2000.00元"]


def test_a_long_number_is_not_quoted() -> None:
    for event in (triaged("等了13812345678天还不发货"), triaged("才13812345678天就坏了")):
        assert not any("13812345678" in f"{r.zh}{r.en}" for r in event.reasons)


def test_l1_goes_before_l3() -> None:
    event = triaged("电饭煲漏电电到我，你们说拆封了不给退")
    assert event.level == "L1"
    assert event.route == "urgent_group"


def test_a_watched_channel_weighs_more_than_everything_else_together() -> None:
    adds = {rule.rule: rule.add for rule in triager().rules.priority}
    watched = adds.pop("priority.watched")
    assert sum(adds.values()) - adds["priority.annoyed"] - adds["priority.threat"] < watched


@pytest.mark.parametrize(
    ("calm", "more"),
    [
        ("衣服掉色", {"text": "衣服掉色，骗子商家，垃圾！！！"}),
        ("衣服掉色", {"text": "衣服掉色，我要打12315"}),
        ("衣服掉色", {"watched": True}),
        ("衣服掉色", {"order": order(paid_fen=150_000)}),
    ],
)
def test_what_raises_the_priority_within_the_level(calm: str, more: dict[str, Any]) -> None:
    plain = triaged(calm)
    raised = triaged(more.pop("text", calm), **more)
    assert raised.level == plain.level == "L2"
    assert raised.priority > plain.priority


def test_a_watched_channel_comes_before_every_other_reason() -> None:
    loud = triaged("骗子！！！垃圾，我要打12315，差评", order=order(paid_fen=150_000))
    assert triaged("衣服掉色", watched=True).priority > loud.priority
    assert triaged("骗子！！！我要打12315，差评", watched=True).priority > loud.priority


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("请问这个路由器怎么设置", "bot"),
        ("How do I pair the headphones?", "bot"),
        ("请问这个路由器怎么设置，设置不了就给我退款", "regular_group"),
        ("怎么设置啊，骗子公司，垃圾！！！", "urgent_group"),
        ("物流三天没更新了", "regular_group"),
        ("发票抬头开错了", "regular_group"),
        ("客服态度恶劣，骂人", "urgent_group"),
        ("差评，颜色不对", "urgent_group"),
        ("嗯嗯好的", "human_triage"),
        ("", "human_triage"),
        ("衣服尺码偏大", "regular_group"),
        ("屏幕黑屏，质量问题", "urgent_group"),
    ],
)
def test_routes(text: str, route: str) -> None:
    assert triaged(text).route == route
