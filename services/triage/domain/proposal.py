"""What somebody outside the rules says about a ticket, as rulings like those of the policy.

A second opinion makes a `Proposal` and hands it to `retriage.decided`; so does a person's word.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.triage import Reason, RetriageCause, Route
from schemas.values import Level, ProblemClass
from services.triage.domain.rules import LevelRule, RouteRule

URGENCY: tuple[Level, ...] = ("L1", "L3", "L2")
"""Most urgent first."""
_WHY: dict[RetriageCause, tuple[str, str]] = {
    "message": ("客户后来又来消息", "the customer wrote again"),
    "order": ("订单信息后来才到", "the order became known later"),
    "reopening": ("工单重新打开", "the ticket was reopened"),
    "person": ("由人工判定", "decided by a person"),
    "second_opinion": ("第二意见", "a second opinion"),
    "policy": ("按新策略重新判定", "judged by a new policy"),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is None stays as it is.

    `confidence`: how sure it is of the class, 0 to 1; `reasons` are told beside the usual ones.
    """

    cause: RetriageCause
    problem_class: ProblemClass | None = None
    subtype: str | None = None
    level: Level | None = None
    route: Route | None = None
    confidence: float = 1.0
    reasons: tuple[Reason, ...] = ()
    agent_id: str | None = None

    @property
    def why(self) -> Reason:
        """What changed the picture, as a reason."""
        zh, en = _WHY[self.cause]
        return Reason(rule=f"retriage.{self.cause}", zh=zh, en=en)

    def level_rule(self, level: Level) -> LevelRule:
        """The level that was said."""
        zh, en = f"级别定为{level}", f"the level is set to {level}"
        return LevelRule(rule=f"level.{self.cause}", level=level, zh=zh, en=en)

    def route_rule(self, route: Route) -> RouteRule:
        """The route that was said."""
        zh, en = "指定了处理组", "who works on it is set"
        return RouteRule(rule=f"route.{self.cause}", route=route, zh=zh, en=en)


def more_urgent(level: Level, other: Level) -> bool:
    """Whether a level goes before another."""
    return URGENCY.index(level) < URGENCY.index(other)


def kept_level(level: Level) -> LevelRule:
    """A level that stays, whatever the rules would make of it now."""
    return LevelRule(rule="level.kept", level=level, zh="级别不变", en="the level stays")


def kept_route(route: Route) -> RouteRule:
    """Likewise a route."""
    return RouteRule(rule="route.kept", route=route, zh="处理组不变", en="who works on it stays")
