"""The complaints of a run, made like the simulator's: the same goods, people, words and shares.

Called by `__main__`. Late and repeated complaints are left out: each is one new ticket.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from random import Random
from typing import Any

from benchmarks.load.plan import Mix
from simulator.catalogue import catalogue, phrases
from simulator.complaints import Complaint, Customers
from simulator.orders import HIGH_VALUE_FEN, Order, OrderBook
from simulator.plan import Plan
from simulator.pools import Pools
from simulator.streams import Streams

ORDERS_EACH = 4
"""Orders made for one complaint, so that each finds one that fits."""
LEAST_ORDERS = 400
SCARCE = 12
"""So many complaints are made for one urgent one."""
MOBILE = "+861"
"""Phones that others may have with other last digits."""
DANGER = frozenset({"shock", "battery", "skin"})
"""Stories that are urgent whatever the order."""
DOUBTFUL = frozenset({"spoiled", "blackmail"})
"""Stories that are neither surely urgent nor a matter of routine."""
PRESENT = "present_"


@dataclass(frozen=True, slots=True)
class Case:
    """One complaint as it is sent. `order`: what it is about, if it names it; `complaint`: what
    it was made from, where it is nobody's copy."""

    origin: str
    external_id: str
    body: bytes
    order: Order | None
    complaint: Complaint | None = None


def cases(seed: int, shop: str, now_at: datetime, count: int, mix: Mix, orders: bool) -> list[Case]:
    """So many complaints, each of another customer at home: a provider lets a number have one
    message a minute, and invented numbers abroad are few. Another seed makes others."""
    wanted = count if mix == "all" else count * (SCARCE if mix == "urgent" else 2)
    made = _once_each(_complaints(seed, shop, now_at, wanted * 2 + 20))
    found = list(islice((one for one in made if _fits(one, mix)), count))
    if len(found) < count:
        raise ValueError(f"{len(found)} of {count} {mix} complaints could be made")
    return [_case(one, orders) for one in found]


def _once_each(complaints: Iterable[Complaint]) -> Iterator[Complaint]:
    """The first complaint of each phone that is one of a Chinese mobile."""
    seen: set[str] = set()
    for one in complaints:
        phone = one.person.phone
        if phone.startswith(MOBILE) and phone not in seen:
            seen.add(phone)
            yield one


def crowd(told: list[Case], count: int) -> list[Case]:
    """As many as asked for: what is lacking is told once more by others, in the same words.

    Only for complaints that name no order: of one order line there is one ticket.
    """
    models = [json.loads(case.body) for case in told]
    models = [
        body for body in models if body.get("contact", {}).get("phone", "").startswith(MOBILE)
    ]
    found = list(told)
    for number in range(count - len(told)):
        body, copy = models[number % len(models)], number // len(models) + 1
        contact = body["contact"]
        last = (int(contact["phone"][-8:]) + copy * 7_654_321) % 10**8
        mine = {
            "external_id": f"{body['external_id']}-{copy}",
            "customer_id": f"{body['customer_id']}-{copy}",
            "contact": contact | {"phone": f"{contact['phone'][:-8]}{last:08d}"},
        }
        raw = json.dumps(body | mine, ensure_ascii=False, separators=(",", ":")).encode()
        found.append(Case(body["origin"], str(mine["external_id"]), raw, None))
    return found


def _complaints(seed: int, shop: str, now_at: datetime, count: int) -> Iterator[Complaint]:
    number = max(LEAST_ORDERS, count * ORDERS_EACH)
    plan = Plan(begin_at=now_at, shops=(shop,), seed=seed, orders=number, tickets=count)
    goods = catalogue()
    book = OrderBook(plan, goods, Streams(plan, goods))
    orders = book.all()
    dice = Random(f"{seed}/pools")
    pools = Pools(dice, orders, goods, book.blackmailer.customer_id)
    for one in Customers(plan, goods, phrases(), pools).all():
        if one.repeat_of is None:
            yield one


def _fits(one: Complaint, mix: Mix) -> bool:
    if mix == "all":
        return True
    return is_urgent(one) if mix == "urgent" else not (is_urgent(one) or _is_doubtful(one))


def is_urgent(one: Complaint) -> bool:
    """Whether it tells of danger, of a present that comes too late, or of a dear order."""
    dear = one.names_order and one.order.paid_fen > HIGH_VALUE_FEN
    return one.story in DANGER or one.story.startswith(PRESENT) or dear


def _is_doubtful(one: Complaint) -> bool:
    return one.story in DOUBTFUL or one.order.gift is not None


def _case(one: Complaint, orders: bool) -> Case:
    body: dict[str, Any] = {
        "external_id": one.external_id,
        "origin": one.origin,
        "channel": one.channel,
        "text": one.text,
        "language": one.language,
        "customer_id": one.person.customer_id,
    }
    names_order = orders and one.names_order
    if names_order:
        body["order_id"], body["line_id"] = one.order.order_id, one.line.line_id
    else:
        person = one.person
        body["contact"] = {
            "name": person.name,
            "phone": person.phone,
            "address": person.address,
            "region": person.region,
        }
    if one.opened_goods is not None:
        body["opened_goods"] = one.opened_goods
    raw = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Case(one.origin, one.external_id, raw, one.order if names_order else None, one)
