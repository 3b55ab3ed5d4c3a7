"""The live streams: who shows what when, and what was said. Called by `orders` and `world`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

from schemas.orders import StreamSegmentRecorded
from simulator.catalogue import Catalogue, Host, Product
from simulator.plan import Plan

BLOCK_S = 300
"""A product is shown for so long, business seconds; most viewers order at its beginning."""
STREAM_S = 3 * 3_600
PAST_DAYS = 12
REPLAY_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Pitch:
    """Where in which stream a product was shown."""

    session_id: str
    host: Host
    product: Product
    offset_s: int
    began_at: datetime
    """Start of the session."""


class Streams:
    """Each host streams every day at the same hour; today's stream begins with the plan."""

    def __init__(self, plan: Plan, goods: Catalogue) -> None:
        self._plan = plan
        self._goods = goods
        self._used: dict[tuple[str, str], Pitch] = {}

    def rush(self, dice: Random) -> datetime:
        """When somebody orders: soon after a product is shown, within the plan's span."""
        span_s = self._plan.span_s
        while True:
            block = dice.randrange(max(1, span_s // BLOCK_S)) * BLOCK_S
            at_s = block + dice.expovariate(1 / 110)
            if at_s < span_s:
                return self._plan.begin_at + timedelta(seconds=int(at_s * 1000) / 1000)

    def shown(self, host: Host, at: datetime) -> Product:
        """What that host shows at that moment of today's stream."""
        block = int((at - self._plan.begin_at).total_seconds()) // BLOCK_S
        place = block * 3 + self._goods.hosts.index(host) * 7
        return self._goods.products[place % len(self._goods.products)]

    def pitch(self, host: Host, product: Product, at: datetime) -> Pitch:
        """When that host showed the product on the day of `at`; today: when it was first bought."""
        days = max(0, min(PAST_DAYS, -((at - self._plan.begin_at) // timedelta(days=1))))
        began_at = self._plan.begin_at - timedelta(days=days)
        session_id = f"S{self._plan.seed}-{host.host_id}-{began_at:%m%d}"
        known = self._used.get((session_id, product.sku))
        if known is None:
            block = int((at - began_at).total_seconds()) // BLOCK_S
            if days:
                share = int(sha256(f"{session_id}/{product.sku}".encode()).hexdigest()[:6], 16)
                block = share % (STREAM_S // BLOCK_S)
            known = Pitch(session_id, host, product, block * BLOCK_S, began_at)
            self._used[session_id, product.sku] = known
        return known

    def segments(self) -> list[StreamSegmentRecorded]:
        """A recording of each pitch that led to an order, in the order of their times."""
        found = [self._segment(pitch) for pitch in self._used.values()]
        return sorted(found, key=lambda s: (s.recorded_at, s.session_id, s.sku or ""))

    def _segment(self, pitch: Pitch) -> StreamSegmentRecorded:
        product, host = pitch.product, pitch.host
        recorded_at = pitch.began_at + timedelta(seconds=pitch.offset_s)
        claim = (
            f"我跟你们保证，{product.claim_zh}！"
            if host.over_claims
            else "参数都在详情页，大家按需下单。"
        )
        price = product.list_fen // 100
        return StreamSegmentRecorded(
            session_id=pitch.session_id,
            host_id=host.host_id,
            sku=product.sku,
            start_s=pitch.offset_s,
            end_s=pitch.offset_s + 90,
            transcript=f"家人们看过来，{product.zh}，{claim}今天直播间{price}元，拍下立减。",
            price_fen=product.list_fen,
            coupon="满减券" if price > 99 else None,
            media_sha256=sha256(f"{pitch.session_id}/{product.sku}/clip".encode()).hexdigest(),
            recorded_at=recorded_at,
            expires_at=recorded_at + REPLAY_KEPT,
        )
