"""A shop's tickets by seed: goods that sell differently, spikes, new goods, days and nights; with
planted clusters where wanted. Used by the tests and by `python -m tests.simulation.clusters`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import exp
from random import Random
from typing import get_args

from schemas.clusters import NameKind
from schemas.values import ProblemClass
from services.triage.domain.clusters.sighting import Sighting
from services.triage.domain.clusters.wording import letters_of, wording_of

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
GAP_S = 90.0
LONG_ENOUGH = 40
CLASSES: tuple[ProblemClass, ...] = get_args(ProblemClass)
SHARES = (0.35, 0.28, 0.20, 0.10, 0.07)
SUBTYPES = (0.4, 0.25, 0.15, 0.12, 0.08)
"""Shares of the sub-types within each class."""
AGES = "abcde"
AGE_SHARES = (0.15, 0.25, 0.3, 0.2, 0.1)
AGE_ODDS = ((0.5, 2.0), (0.7, 1.6), (1.0, 1.0), (1.4, 0.6), (1.6, 0.3))
"""How much oftener goods and carriage are complained about, by age of the order."""
SKUS, HOSTS, CARRIERS, HUBS = 120, 6, 4, 25
NIGHT = range(8)


@dataclass(frozen=True, slots=True)
class Planted:
    """From its ticket `start` on, `times` as many complaints of a class about a name, which has
    `share` of the shop's tickets otherwise. What comes on top is of one sub-type."""

    kind: NameKind = "batch"
    times: float = 8.0
    start: int = 2_000
    share: float = 0.01
    problem_class: ProblemClass = "product_mismatch"

    @property
    def name(self) -> str:
        """Name of what is at fault."""
        return f"{self.kind}-planted"


@dataclass(frozen=True, slots=True)
class Course:
    """What a stream looks like. All of it happens without a cluster, but for `planted`."""

    tickets: int = 5_000
    unlike: float = 0.25
    """Standard deviation of the log odds by which goods differ in what is complained about."""
    best_seller: bool = True
    new_goods: bool = True
    """Goods that nobody knew sell a third of everything, for a thousand tickets."""
    spike: bool = True
    """A storm: for 600 tickets three times as many are about logistics, whatever was bought. And
    an outage: of 400 tickets a third are about what nobody has complained of before."""
    rhythm: bool = True
    """At night fewer complain about treatment and more ask how things work. Young orders are late,
    old ones are faulty, whatever the course: so are the sessions that they were bought in."""
    planted: Planted | None = None


@dataclass(slots=True)
class _Goods:
    sku: str
    weight: float
    leaning: tuple[float, ...] = field(default_factory=tuple)


class Stream:
    """One seeded stream. Iterate over it once."""

    def __init__(self, seed: int, course: Course) -> None:
        self._dice = Random(f"clusters-{seed}")
        self._course = course
        self._goods = [self._made(n) for n in range(SKUS)]
        self._new = self._made(SKUS)
        self._weights = list(accumulate(goods.weight for goods in self._goods))

    def _made(self, number: int) -> _Goods:
        weight = 1.0 / (number + 3) if self._course.best_seller else 1.0
        leaning = tuple(exp(self._dice.gauss(0, self._course.unlike)) for _ in CLASSES)
        return _Goods(f"sku-{number}", weight, leaning)

    def __iter__(self) -> Iterator[tuple[Sighting, bool]]:
        """Each ticket, and whether the planted cause is behind it."""
        at = BEGIN
        planted = self._course.planted
        extra = planted.share * SHARES[0] * (planted.times - 1.0) if planted else 0.0
        for number in range(self._course.tickets):
            at += timedelta(seconds=self._dice.expovariate(1.0) * GAP_S)
            started = planted is not None and number >= planted.start
            if planted and started and self._dice.random() < extra / (1.0 + extra):
                yield self._faulty(number, at, planted), True
            else:
                yield self._usual(number, at), False

    def _usual(self, number: int, at: datetime) -> Sighting:
        dice, course, planted = self._dice, self._course, self._course.planted
        goods = dice.choices(self._goods, cum_weights=self._weights)[0]
        age = dice.choices(range(len(AGES)), AGE_SHARES)[0]
        if course.new_goods and 3_000 <= number < 4_000 and dice.random() < 0.33:
            goods = self._new
        names = self._names(goods.sku, number, age)
        if planted and dice.random() < planted.share:
            if planted.kind == "batch":
                names["sku"] = "sku-7"
            names[planted.kind] = planted.name
        if course.spike and 3_500 <= number < 3_900 and dice.random() < 1 / 3:
            return self._sighting(number, at, age, names, "service_attitude", 9)
        return self._sighting(number, at, age, names, self._class(number, at, goods, age))

    def _faulty(self, number: int, at: datetime, planted: Planted) -> Sighting:
        goods = self._dice.choices(self._goods, cum_weights=self._weights)[0]
        sku = "sku-7" if planted.kind == "batch" else goods.sku
        age = self._dice.choices(range(len(AGES)), AGE_SHARES)[0]
        names = self._names(sku, number, age)
        names[planted.kind] = planted.name
        return self._sighting(number, at, age, names, planted.problem_class, 0)

    def _class(self, number: int, at: datetime, goods: _Goods, age: int) -> ProblemClass:
        weights = [share * lean for share, lean in zip(SHARES, goods.leaning, strict=True)]
        weights[0], weights[1] = weights[0] * AGE_ODDS[age][0], weights[1] * AGE_ODDS[age][1]
        if self._course.spike and 2_000 <= number < 2_600:
            weights[1] *= 3.0
        if self._course.rhythm and at.hour in NIGHT:
            weights[2], weights[3] = weights[2] * 1.6, weights[3] * 0.6
        return self._dice.choices(CLASSES, weights)[0]

    def _names(self, sku: str, number: int, age: int) -> dict[NameKind, str]:
        dice = self._dice
        host = dice.randrange(HOSTS)
        return {
            "sku": sku,
            "batch": f"{sku}-{number // 2_500}-{dice.randrange(2)}",
            "session": f"session-{number // 400 - age}-{host}",
            "host": f"host-{host}",
            "carrier": f"carrier-{dice.choices(range(CARRIERS), (5, 3, 2, 1))[0]}",
            "hub": f"hub-{dice.randrange(HUBS)}",
        }

    def _sighting(
        self,
        number: int,
        at: datetime,
        age: int,
        names: dict[NameKind, str],
        problem_class: ProblemClass,
        subtype: int | None = None,
    ) -> Sighting:
        if subtype is None:
            subtype = self._dice.choices(range(len(SUBTYPES)), SUBTYPES)[0]
        danger = problem_class == "product_mismatch" and self._dice.random() < 0.08
        return Sighting.model_construct(
            ticket_id=f"T-{number}",
            problem_class=problem_class,
            subtype=f"{problem_class}_{subtype}",
            danger=danger,
            names=names,
            customer_id=f"C-{number if self._dice.random() < 0.95 else self._dice.randrange(200)}",
            order_id=f"O-{number}",
            at=at,
            age=AGES[age],
            wording=None,
            photos=(),
        )


_SUBJECTS = (
    "杯子",
    "外套",
    "风扇",
    "面霜",
    "耳机",
    "台灯",
    "鞋子",
    "锅",
    "书包",
    "毛巾",
    "键盘",
    "地毯",
)
_FAULTS = (
    "收到以后发现边上有一道裂痕",
    "用了三天就不能开机了",
    "颜色和页面上写的差得太远",
    "尺码偏小完全穿不进去",
    "少了一个配件没法安装",
    "味道很重晾了一个星期还是有",
    "快递盒子已经压扁了里面也坏了",
    "说明书看不懂按了半天没反应",
)
_CARES = (
    "麻烦尽快帮我看一下怎么处理比较好",
    "我想换一个新的不想退钱",
    "能不能先给我补发一个再说",
    "请告诉我什么时候能有结果",
    "客服一直没有回复我有点着急",
    "下次还会不会这样真的很担心",
    "孩子等着用能快一点吗",
    "不行的话就给我退款吧谢谢",
)
_WHO = ("我妈妈", "孩子", "室友", "公司同事", "我自己", "爸爸", "女朋友", "外婆", "邻居", "客户")
_WHERE = (
    "在厨房里用的时候",
    "早上出门之前",
    "昨天晚上",
    "周末聚会那天",
    "放在阳台上",
    "带去学校以后",
    "出差路上",
    "刚拆开包装",
    "洗过一次之后",
    "拿给朋友看",
)
_DEMAND = (
    "你们家的{goods}有质量问题，我已经拍照取证，赔我五百块就算了，"
    "不赔我就去平台投诉并且在网上曝光你们，让所有人都知道你们卖的是什么东西"
)


def extortion(orders: int) -> list[Sighting]:
    """The same demand on many orders: other numbers, signs and spaces, sometimes another end."""
    tails = ("", "！#{n}", " 。。 😡", "，快点", "（{n}）")
    return [
        _worded(number, _DEMAND.format(goods="杯子") + tails[number % len(tails)].format(n=number))
        for number in range(orders)
    ]


def ordinary_wordings(tickets: int) -> list[Sighting]:
    """Complaints by people who have never heard of each other, of the same few dozen matters."""
    dice = Random("ordinary")
    made = []
    for number in range(tickets):
        subject, care = dice.choice(_SUBJECTS), dice.choice(_CARES)
        faults = "，".join(dice.sample(_FAULTS, dice.choice((1, 2, 2, 3))))
        when = f"{dice.randrange(2, 30)}天前买的{subject}"
        parts = [when, f"{dice.choice(_WHO)}{dice.choice(_WHERE)}", faults, care]
        dice.shuffle(parts)
        made.append(_worded(number, "，".join(parts)))
    return made


def _worded(number: int, text: str) -> Sighting:
    letters = letters_of(text)
    return Sighting.model_construct(
        ticket_id=f"T-{number}",
        problem_class="special",
        subtype="malicious_claim",
        danger=False,
        names={},
        customer_id=f"C-{number}",
        order_id=f"O-{number}",
        at=BEGIN + timedelta(minutes=number),
        age="u",
        wording=wording_of(letters) if len(letters) >= LONG_ENOUGH else None,
        photos=(),
    )
