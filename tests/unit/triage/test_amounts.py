"""Prices of goods in words and digits: what counts as above 2,000 CNY, and what is no price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from services.triage.domain.amounts import PriceFinder
from services.triage.domain.numerals import chinese, english, with_times
from tests.unit.triage.complaints import triager
from tests.unit.triage.models import plain

LIMIT_FEN = 200_000
PRICES = PriceFinder(triager().rules.stated_price)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两千", 2_000),
        ("两千五", 2_500),
        ("两千零五", 2_005),
        ("两千零五十", 2_050),
        ("一万二", 12_000),
        ("三百五", 350),
        ("十二", 12),
        ("二十", 20),
        ("一百一十", 110),
        ("一万二千五", 12_500),
        ("两三千", 2_500),
        ("一两千", 1_500),
        ("二〇二六", 2_026),
        ("十万", 100_000),
        ("两千五百六十", 2_560),
    ],
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert chinese(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two thousand five hundred", 2_500),
        ("twenty-five hundred", 2_500),
        ("two grand", 2_000),
        ("a thousand", 1_000),
        ("three hundred and fifty", 350),
        ("two thousand and one", 2_001),
    ],
)
def test_english_numerals(text: str, value: int) -> None:
    assert english(text) == Decimal(value)


def test_a_bare_digit_behind_a_unit_counts_the_next_smaller_one() -> None:
    assert with_times(Decimal(2), "千", "5") == 2_500
    assert with_times(Decimal(1), "万", "二") == 12_000


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("花了2000元", 200_000),
        ("花了两千块", 200_000),
        ("两千块买的", 200_000),
        ("2千买的", 200_000),
        ("花了2k", 200_000),
        ("花了2,000.00元", 200_000),
        ("花了2,000.01元", 200_001),
        ("花了2000.01元", 200_001),
        ("花了1999.99元", 199_999),
        ("2000多块", 200_001),
        ("两千多买的", 200_001),
        ("两千出头买的", 200_001),
        ("花了2000+", 200_001),
        ("超过2000块", 200_001),
        ("不到2000块买的", 199_999),
        ("不到两千块", 199_999),
        ("将近三千块", 299_999),
        ("花了两千五", 250_000),
        ("两千五的手机", 250_000),
        ("2千5买的", 250_000),
        ("2k5买的", 250_000),
        ("三千块钱的东西", 300_000),
        ("3千块", 300_000),
        ("花了三千二百元", 320_000),
        ("一万二买的", 1_200_000),
        ("1万2买的", 1_200_000),
        ("1.2万买的", 1_200_000),
        ("两三千块钱", 250_000),
        ("一两千块钱", 150_000),
        ("四千三的显卡", 430_000),
        ("2600的床垫", 260_000),
        ("耳机两千一,开盒不给退", 210_000),
        ("定制衣柜一万八", 1_800_000),
        ("两千三的扫地机还没扫把扫得干净", 230_000),
        ("2580的鱼缸到手碎成渣", 258_000),
        ("学习机2988,课都是网上有的", 298_800),
        ("手机 5188 到手一条绿线", 518_800),
        ("第二天就降价,3299变2899", 329_900),
        ("油烟机三千六,装又收四百", 360_000),
        ("5k多的显示器亮点三个", 500_001),
        ("3000多的扫地机", 300_001),
        ("取消5299那单", 529_900),
        ("标价四千二的表", 420_000),
        ("笔记本八千多,开机嫌屏幕小", 800_001),
        ("二千六百元的祛湿仪", 260_000),
        ("大沙发一万三买的", 1_300_000),
        ("不给退,2600元买的", 260_000),
        ("客服不赔,花了3299", 329_900),
        ("￥2,580到手", 258_000),
        ("２５８０元", 258_000),
        ("paid $450", 315_000),
        ("cost me 2500 rmb", 250_000),
        ("i paid two thousand five hundred yuan", 250_000),
        ("spent over 2000 yuan on it", 200_001),
        ("spent two grand rmb on it", 200_000),
        ("a 300 usd watch", 210_000),
    ],
)
def test_a_price_is_read_however_it_is_written(text: str, fen: int) -> None:
    assert PRICES.fen(normal(text)) == fen


@pytest.mark.parametrize(
    "text",
    [
        "赔我5000元",
        "要求赔偿3000块",
        "我要3000块精神损失费",
        "给我转2500块",
        "2500元赔偿",
        "3000块的补偿",
        "拿3000块封口费",
        "5000元误工费",
        "优惠了3000元",
        "满3000减300",
        "差价2100元",
        "退我2500元",
        "给3000元红包",
        "花了2小时",
        "买了3000毫安的充电宝",
        "4k的电视画面糊",
        "2k屏幕的手机",
        "4k显示器不亮",
        "2026年买的",
        "订单号20261123",
        "粉丝3000人",
        "跑了3000公里",
        "5000流明的投影仪",
        "手机13812345678",
        "隔壁卖5000的款,你这个59",
        "手机4500毫安的电池",
        "显卡4060花屏",
        "买的2400转的洗衣机",
        "我有3000粉丝,曝光你们",
        "等了2500分钟",
        "手机5000毫安",
        "买5w的灯来了3w",
        "我家洗衣机8kg的",
        "2026的日历印错了",
        "3080的显卡插上不亮",
        "1080的画面很糊",
        "打12315的电话",
        "三千的粉丝都在看",
        "床2000一张还是一对",
        "表3000型号",
        "买了3000片纸尿裤",
        "说了两万遍",
        "千万别买",
        "万一坏了呢",
        "百分之三十",
        "会员余额2300元",
        "扣了我2300元",
        "月薪3000元",
        "pay me 5000 yuan",
        "3000 yuan in compensation",
        "a $400 voucher",
        "$500 discount",
    ],
)
def test_other_numbers_are_no_dear_price(text: str) -> None:
    found = PRICES.fen(normal(text))
    assert found is None or found <= LIMIT_FEN, found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("花了3000元", "花了3000元"),
        ("我上个月花了三千块买的沙发", "花了三千块"),
        ("不到2000块买的", "不到2000块"),
        ("cost me 2500 rmb", "2500 rmb"),
        ("定制衣柜一万八,电话13812345678", "一万八"),
    ],
)
def test_a_price_is_told_in_its_own_words_and_no_others(text: str, told: str) -> None:
    price = PRICES.price(normal(text))
    assert price is not None
    assert price[1].endswith(told)
    assert len(price[1]) <= len(told) + 8


def normal(text: str) -> str:
    return plain()._lexicon.normal(text)
