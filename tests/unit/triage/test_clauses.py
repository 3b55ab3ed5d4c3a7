"""How far `unless` and ordinary words take other words away."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.triage.domain.clauses import ACROSS, NEAR, NEUTRAL, clause_starts, take_away
from services.triage.domain.facts import Facts
from services.triage.domain.verdict import Judge
from services.triage.training.texts import examples
from tests.unit.triage.complaints import triaged, triager
from tests.unit.triage.models import plain

OWN = [one.text for one in examples()]
DANGERS = (
    "插座漏电,把我手电麻了", "充电宝冒烟了", "孩子手被割破流血了", "吃完拉肚子去了医院",
    "里面有蟑螂", "it caught fire", "my daughter was injured and is in hospital",
)  # fmt: skip
JUDGE = Judge(triager().rules)


def safety(text: str) -> tuple[str, ...]:
    """Kinds of danger that the words of a text name."""
    return plain().read(text, Facts()).safety


@pytest.mark.parametrize(
    ("text", "dangerous"),
    [
        ("优惠券过期了不能用", False),
        ("优惠券过期了不能用,面包里还吃出虫子", True),
        ("expired voucher, and there was a worm inside the bread", True),
        ("防漏电插座漏电了", True),
        ("买的防漏电插座,很好用", False),
        ("带漏电保护的插座,插上手麻", True),
        ("漏电保护开关按不下去", False),
        ("手机待机一晚漏电30%", False),
        ("手机待机一晚漏电30%,充电的时候电到手了", True),
        ("自放电有点快,一晚上就漏电光了", False),
        ("空气炸锅炸裂开,烫伤了手", True),
        ("空气炸锅有划痕", False),
        ("膨胀螺丝少一颗", False),
        ("膨胀螺丝少一颗,电池还鼓包", True),
        ("烟雾报警器不响", False),
        ("smoke detector keeps chirping", False),
        ("the smoke detector started smoking", True),
        ("贴膜鼓包,有气泡", False),
        ("防夹手的柜门很好", False),
        ("防夹手的柜门把孩子手夹伤了", True),
        ("抽屉里放的老鼠药", False),
        ("米里有老鼠屎", True),
        ("这批危险品不给寄", False),
        ("太危险了", True),
        ("带电池吗", False),
        ("外壳带电,吓死", True),
        ("主播喊得嗓子冒烟", False),
        ("装修师傅动手麻烦", False),
        ("密码过期了登不上", False),
        ("牛奶过期了", True),
    ],
)
def test_what_takes_a_danger_away_takes_only_its_own(text: str, dangerous: bool) -> None:
    assert bool(safety(text)) is dangerous


@pytest.mark.parametrize(
    ("harmless", "dangerous"),
    [
        ("师傅测过热水器不漏电", "师傅一走热水器就漏电"),
        ("燃气灶打不着火", "燃气灶着火了"),
        ("等得我急得冒火", "插座打火花"),
        ("定金膨胀没有兑现", "手机电池膨胀"),
        ("桌面有一条鼓起来", "充电宝鼓起来"),
        ("同事在医院上班", "孩子送医院了"),
        ("地址改成第一医院北门", "在第一医院缝了针"),
        ("陪老公住院没空收件", "吃完就住院了"),
        ("医生推荐的牌子没效果", "医生说是烫伤"),
        ("一句话噎得我说不出话", "扣子掉了宝宝吞下去噎住"),
        ("寄来的饺子破皮了", "孩子手破皮了"),
        ("容易过敏能用吗", "用完过敏了"),
        ("孩子花生过敏,请问有没有坚果", "孩子过敏了,请问怎么办"),
        ("说是除甲醛没效果", "柜子甲醛超标"),
        ("腰勒得喘不过气换大一号", "喷完喘不过气"),
        ("看评论有人说吃了拉肚子,我没事", "看评论没细看,吃完拉肚子"),
        ("退货流程拖到过期", "面包过期了"),
        ("衣柜被老鼠啃过似的", "饼干里有老鼠屎"),
        ("the host was on fire today", "the charger was on fire"),
        ("my flash sale voucher went up in smoke", "smoke came out of the plug"),
        ("allergic to nuts, does it contain any", "she had an allergic reaction"),
        ("the bulb burnt out", "the plug smells burnt plastic burning"),
    ],
)
def test_a_near_miss_and_its_danger(harmless: str, dangerous: str) -> None:
    assert not safety(harmless)
    assert safety(dangerous)


@pytest.mark.parametrize(
    ("idle", "meant"),
    [
        ("投诉电话打不通", "我要投诉"),
        ("没必要找平台", "我这就找平台"),
        ("劝我投诉的人很多", "不退就投诉"),
        ("点错成举报商家了", "我去举报你们"),
        ("犯不着12315", "等着12315"),
        ("315活动那单", "上315曝光"),
        ("心率报警怎么设置", "我要报警"),
        ("抬头写某某律师事务所", "让律师找你们"),
        ("给法院采购的椅子", "法院见"),
        ("照片曝光总是过", "曝光你们"),
        ("这款火爆全网，炸了", "等着全网曝光"),
        ("不用投诉", "只能投诉"),
        ("不是真实投诉", "不是第一次投诉了"),
        ("i'd file a complaint but who reads them", "i will file a complaint"),
    ],
)
def test_an_idle_word_and_a_threat(idle: str, meant: str) -> None:
    assert plain().read(idle, Facts()).threat == "none"
    assert plain().read(meant, Facts()).threat != "none"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("这是送我妈妈的手镯", "emotion.angry"),
        ("帮我妈的手机贴膜", "emotion.angry"),
        ("草莓很新鲜", "emotion.angry"),
        ("坐垫太硬屁股疼", "emotion.angry"),
        ("空气炸锅很好", "emotion.angry"),
        ("我操作了半天", "emotion.angry"),
        ("客服了解一下", "emotion.angry"),
        ("滚筒洗衣机", "emotion.angry"),
        ("全网通手机", "threat.exposure"),
        ("曝光过度的照片", "threat.exposure"),
        ("小红书上看到的", "threat.exposure"),
        ("家里的报警器响了", "threat.court"),
        ("工商银行的卡", "threat.regulator"),
        ("七天无理由", "class.service_attitude.rude"),
        ("等了一星期", "sign.bad_review"),
        ("不好意思问一下", "emotion.annoyed"),
        ("多少钱", "class.product_mismatch.missing_item"),
        ("要先重启动一下吗", "class.product_mismatch.quality_defect"),
        ("thanks for the follow ups", "class.logistics.delivery_service"),
        ("i am sick of waiting", "safety.allergy"),
    ],
)
def test_ordinary_words_hold_no_others(text: str, name: str) -> None:
    assert name not in plain().heard(text, Facts()).found


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("你妈的骗子", "emotion.angry"),
        ("滚,别来烦我", "emotion.angry"),
        ("全网曝光你们", "threat.exposure"),
        ("我要报警", "threat.court"),
        ("去工商告", "threat.regulator"),
        ("客服蛮不讲理,无理取闹", "class.service_attitude.rude"),
        ("给一星", "sign.bad_review"),
    ],
)
def test_the_same_words_count_where_they_are_meant(text: str, name: str) -> None:
    assert name in plain().heard(text, Facts()).found


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(OWN), st.sampled_from(DANGERS), st.sampled_from("，。,\n "), st.booleans())
def test_a_danger_told_before_or_behind_anything_is_l1(
    text: str, danger: str, between: str, before: bool
) -> None:
    first, second = (danger, text) if before else (text, danger)
    # A blank ends a clause between Chinese characters only.
    assume(between != " " or (is_chinese(first[-1]) and is_chinese(second[0])))
    reading = plain().read(f"{first}{between}{second}", Facts())
    assert reading.safety
    assert JUDGE.judge(reading).level.level == "L1"


def is_chinese(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


@pytest.mark.parametrize(
    "text",
    [
        # what follows behind a comma takes nothing away
        "插座漏电，快递慢", "漏电，快递还说不退", "热水壶漏电，5%的退款我不接受", "插座漏电 快递慢",
        "插座漏电但是快递很快", "插座漏电。快递很快", "expired milk, and the coupon is gone",
        # an appliance, a coupon, a battery beside the danger
        "空气炸锅用着用着爆炸了", "空气炸锅爆炸", "油炸锅爆炸了", "换了电池还是漏电",
        "券买的酸奶过期了", "会员店买的牛奶过期", "活动时候买的面包过期了", "积分换的牛奶过期了",
        "the sale lamp is on fire", "the lamp stand was on fire", "烟灰缸着火了", "虫草发霉了",
        # a denial denied
        "不是没有漏电，是漏得厉害", "谁说没有漏电", "不会漏电才怪", "不漏电个鬼", "怎么可能不漏电",
        "电池漏电，手被电麻了", "高压锅炸锅了", "退款的牛奶过期了",
        "不着火才怪",
        "never seen sparks like this from a plug",
        # said otherwise
        "差点没炸死我", "差点被电死", "电动车刹不住", "刹车突然失灵", "点不着火还漏煤气", "死人了",
        "这样会死人的", "fire!", "there was a fire in my kitchen", "the brakes stopped working",
    ],
)  # fmt: skip
def test_a_danger_stays(text: str) -> None:
    assert safety(text)


@pytest.mark.parametrize(
    "text",
    [
        "过期的优惠券不能用", "优惠券今天过期", "优惠券 过期了",
        "会员还没用就过期了", "活动已经过期",
        "炸锅收到有划痕", "空气炸锅盖子松", "油炸食品太咸", "电池漏电快", "手机漏电快",
        "手机一晚漏电5%", "遥控器换电池几天就漏电", "fire sale", "nothing from the fire sale",
        "this deal is fire!", "sales were on fire", "没有漏电", "未见冒烟", "无漏电", "不漏电",
        "没有冒烟或者着火", "no fire or smoke", "never seen any smoke", "气得我冒烟了",
        "我心态炸了，气得我要爆炸", "my phone blew up, so many messages", "防漏电插座颜色不对",
        "急死人了还不发货", "气死人了", "买买买刹不住", "客服都死人了吗", "芯片烧死了",
        "论坛都炸锅了", "退货期限已过期", "燃气灶不漏气", "没有死人的事",
        "这款火爆全网，炸了",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_does_not(text: str) -> None:
    assert not safety(text)


def test_a_danger_told_behind_anything_is_l1_for_the_service_too() -> None:
    for text in OWN[::150]:
        event = triaged(f"{text}。{DANGERS[len(text) % len(DANGERS)]}")
        assert (event.safety, event.level) == (True, "L1"), text


@pytest.mark.parametrize(
    ("name", "left"),
    [("k", ["bad", "awful"]), (f"{NEAR}k", ["awful"]), ("other", ["worse", "bad", "awful"])],
)
def test_one_clause_or_those_beside_it(name: str, left: list[str]) -> None:
    text = "worse no,bad,awful"
    hits = [
        ((word, text.index(word), text.index(word) + len(word), word), 1.0)
        for word in ("worse", "bad", "awful")
    ]
    places = {"k": hits}
    take_away(text, places, {name: [(6, 8)]})
    assert [hit[0][0] for hit in places["k"]] == left


def test_what_runs_across_the_end_of_a_clause_reaches_back_only() -> None:
    text = "bad no,awful"
    hits = [(("bad", 0, 3, "bad"), 1.0), (("awful", 7, 12, "awful"), 1.0)]
    places = {"k": hits}
    take_away(text, places, {f"{ACROSS}k": [(0, 12)]})
    assert [hit[0][0] for hit in places["k"]] == ["awful"]


def test_what_is_not_meant_to_run_across_the_end_of_a_clause_takes_nothing() -> None:
    hits = [(("bad", 0, 3, "bad"), 1.0), (("awful", 7, 12, "awful"), 1.0)]
    places = {"k": hits}
    take_away("bad no,awful", places, {"k": [(0, 12)]})
    assert places["k"] == hits


def test_what_an_ordinary_word_cuts_takes_nothing() -> None:
    hits = [(("bad", 0, 3, "bad"), 1.0)]
    places = {"k": hits}
    take_away("bad noun", places, {"k": [(4, 6)], NEUTRAL: [(4, 8)]})
    assert places["k"] == hits


def test_clauses_end_at_marks_blanks_and_turns() -> None:
    text = "券过期了,面包有虫 退钱但是没人理. it broke"
    assert [text[start:].split()[0][:2] for start in clause_starts(text)] == [
        "券过", "面包", "退钱", "没人", "it",
    ]  # fmt: skip
