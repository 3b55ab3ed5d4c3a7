"""What would have changed the result: facts and words of the ticket taken away or turned, one by
one and, where that is not enough, two at once; each time the ticket is read anew. Called by
`layers`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from schemas.tickets import TicketOpened
from schemas.values import OrderSnapshot
from services.triage.differing import differing, fields_of
from services.triage.domain import Triager
from services.triage.domain.facts import facts_of
from services.triage.domain.lexicon import Lexicon
from services.triage.domain.verdict import Verdict

TOLD = ("class", "level", "route", "safety", "threat")
FEN = 100
NOTHING = "。"
"""A text must not be empty."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that could have been otherwise."""

    zh: str
    en: str
    turned: Callable[[TicketOpened], TicketOpened]


class Otherwise:
    """Tries what would have changed, by one policy and model."""

    def __init__(self, triager: Triager, dated: bool) -> None:
        """`dated`: it is known when the ticket was opened."""
        self._triager = triager
        self._dated = dated
        self._lexicon = Lexicon(triager.rules)

    def told(self, ticket: TicketOpened) -> Iterator[dict[str, Any]]:
        """Changes after which class, level, route, danger or threat are others. Two are told as
        one where no single one changes the level, and the two do."""
        verdict = self._verdict(ticket)
        tried = [*self._changes(ticket, verdict)]
        level_moves = False
        for change in tried:
            if moved := self._moved(verdict, change, ticket):
                level_moves |= "level" in moved
                yield {"if_zh": change.zh, "if_en": change.en, "changes": moved}
        if not level_moves:
            yield from self._both(ticket, verdict, tried)

    def _verdict(self, ticket: TicketOpened) -> Verdict:
        return self._triager.verdict(ticket, self._dated)

    def _both(
        self, ticket: TicketOpened, verdict: Verdict, tried: list[Change]
    ) -> Iterator[dict[str, Any]]:
        """The first two that change the level together: one that another rule answers to, and one
        against that."""
        for first in tried:
            turned = first.turned(ticket)
            between = self._verdict(turned)
            if between.level.rule == verdict.level.rule:
                continue
            for second in self._changes(turned, between):
                moved = self._moved(verdict, second, turned)
                if "level" in moved:
                    yield {
                        "if_zh": f"{first.zh}，并且{second.zh}",
                        "if_en": f"{first.en}, and {second.en}",
                        "changes": moved,
                    }
                    return

    def _moved(
        self, verdict: Verdict, change: Change, ticket: TicketOpened
    ) -> dict[str, dict[str, Any]]:
        turned = self._verdict(change.turned(ticket))
        moved = differing(fields_of(verdict), fields_of(turned))
        return {
            name: {"before": moved[name][0], "after": moved[name][1]}
            for name in TOLD
            if name in moved
        }

    def _changes(self, ticket: TicketOpened, verdict: Verdict) -> Iterator[Change]:
        if ticket.order is not None:
            yield from self._of_order(ticket, ticket.order)
        elif verdict.reading.facts.value_fen is not None:
            yield Change("文中不提金额", "had the text named no price", _without_price)
        if ticket.opened_goods:
            zh, en = "商品未拆封", "had the goods not been opened"
            yield Change(zh, en, partial(_known, opened_goods=False))
        if ticket.watched:
            zh, en = "不是重点渠道", "had it come through another channel"
            yield Change(zh, en, partial(_known, watched=False))
        yield from self._of_words(ticket, verdict)

    def _of_order(self, ticket: TicketOpened, order: OrderSnapshot) -> Iterator[Change]:
        facts = facts_of(ticket, self._triager.rules.gift)
        for value_fen in self._values(order.paid_fen or 0):
            zh, en = f"订单金额为{_yuan(value_fen)}元", f"had the order cost {_yuan(value_fen)} CNY"
            yield Change(zh, en, partial(_ordered, paid_fen=value_fen))
        if order.gift is not None:
            yield Change("订单不是礼物", "were it no present", partial(_ordered, gift=None))
        if facts.custom_made:
            lines = tuple(line.model_copy(update={"custom_made": False}) for line in order.lines)
            zh, en = "商品不是定制", "were the goods not made to order"
            yield Change(zh, en, partial(_ordered, lines=lines))
        if facts.overdue:
            zh, en = "没有承诺送达时间", "had no day been promised"
            yield Change(zh, en, partial(_ordered, promised_delivery_at=None))

    def _values(self, paid_fen: int) -> Iterator[int]:
        """Each limit of a level itself, if the order is above it; else one fen above it."""
        whens = [rule.when for rule in self._triager.rules.levels]
        limits = sorted({w.value_above_fen for w in whens if w.value_above_fen is not None})
        yield from (limit if paid_fen > limit else limit + 1 for limit in limits)

    def _of_words(self, ticket: TicketOpened, verdict: Verdict) -> Iterator[Change]:
        """Without all words of one name; pieces that only the model heard are tried too."""
        normal = self._lexicon.normal(ticket.text)
        names: dict[tuple[str, ...], list[str]] = {}
        for name, found in verdict.reading.found.items():
            names.setdefault(tuple(found.words), []).append(name)
        for words, of in names.items():
            left = _without(normal, words)
            if left != normal:
                shown = "".join(f"「{word}」" for word in words)
                quoted = ", ".join(f"“{word}”" for word in words)
                zh, en = f"没有{shown}（{', '.join(of)}）", f"without {quoted} ({', '.join(of)})"
                yield Change(zh, en, partial(_known, text=left if left.strip() else NOTHING))


def _without(text: str, words: tuple[str, ...]) -> str:
    """What is shown of a phrase with gaps is its parts, with … between."""
    parts = {part for word in words for part in word.split("…") if part}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, " ")
    return text


def _known(ticket: TicketOpened, **known: Any) -> TicketOpened:
    return ticket.model_copy(update=known)


def _ordered(ticket: TicketOpened, **known: Any) -> TicketOpened:
    order = ticket.order.model_copy(update=known) if ticket.order else None
    return ticket.model_copy(update={"order": order})


def _without_price(ticket: TicketOpened) -> TicketOpened:
    """A price in the text counts while the order's is unknown: so it costs nothing."""
    unchecked: Any = OrderSnapshot.model_construct
    order: OrderSnapshot = unchecked(paid_fen=0, lines=())
    return ticket.model_copy(update={"order": order})


def _yuan(fen: int) -> str:
    return f"{fen // FEN}.{fen % FEN:02d}"
