"""How much the providers let through, as counted windows over seconds since 1970. Pure but for
the counts themselves; used by the SMS and robot stand-ins. A limit of 0 means none."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal

from devstack.standins.accounts import TemplateKind

Window = Literal["minute", "hour", "day"]
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class SmsQuota:
    """Messages to one phone: codes per signature, notices per signature and template."""

    code_per_minute: int = 1
    code_per_hour: int = 5
    code_per_day: int = 10
    notice_per_day: int = 50


@dataclass(frozen=True, slots=True)
class RobotQuota:
    """Messages through one robot in any 60 s; one too many blocks it for `blocked_s`."""

    per_minute: int = 20
    per_second: int = 0
    blocked_s: float = 0.0


class SmsLimits:
    """Counts submissions, whatever becomes of them. Minute and hour are windows of the clock
    at UTC+8 (which turn with those of UTC), the day rolls over 24 h."""

    def __init__(self, quota: SmsQuota) -> None:
        self._quota = quota
        self._taken: defaultdict[tuple[str, ...], deque[float]] = defaultdict(deque)

    def take(
        self, *, sign: str, template: str, kind: TemplateKind, recipient: str, now_s: float
    ) -> Window | None:
        """Count one submission; the window that is full instead, if one is."""
        quota = self._quota
        key = (sign, recipient) if kind == "code" else (sign, template, recipient)
        taken = self._taken[key]
        while taken and taken[0] <= now_s - DAY_S:
            taken.popleft()
        if kind == "notice":
            full: Window | None = "day" if _reached(len(taken), quota.notice_per_day) else None
        else:
            full = _full_code_window(taken, quota, now_s)
        if full is None:
            taken.append(now_s)
        return full


class RobotLimits:
    """Sliding windows per robot."""

    def __init__(self, quota: RobotQuota) -> None:
        self._quota = quota
        self._taken: defaultdict[str, deque[float]] = defaultdict(deque)
        self._blocked_until_s: dict[str, float] = {}

    def take(self, robot: str, now_s: float) -> bool:
        """Count one message; False if the robot may not send now."""
        if now_s < self._blocked_until_s.get(robot, 0.0):
            return False
        taken = self._taken[robot]
        while taken and taken[0] <= now_s - 60.0:
            taken.popleft()
        in_last_second = sum(1 for at_s in taken if at_s > now_s - 1.0)
        if _reached(len(taken), self._quota.per_minute) or _reached(
            in_last_second, self._quota.per_second
        ):
            self._blocked_until_s[robot] = now_s + self._quota.blocked_s
            return False
        taken.append(now_s)
        return True


def _full_code_window(taken: deque[float], quota: SmsQuota, now_s: float) -> Window | None:
    minute = sum(1 for at_s in taken if at_s // 60 == now_s // 60)
    if _reached(minute, quota.code_per_minute):
        return "minute"
    hour = sum(1 for at_s in taken if at_s // 3600 == now_s // 3600)
    if _reached(hour, quota.code_per_hour):
        return "hour"
    return "day" if _reached(len(taken), quota.code_per_day) else None


def _reached(count: int, limit: int) -> bool:
    return 0 < limit <= count
