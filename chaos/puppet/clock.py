"""Moves the wall clock of this process; durations go on as they are. Part of the puppet."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from types import ModuleType
from typing import Any

from chaos.puppet import hooks
from chaos.puppet.listening import Answer, Say
from runtime import clock

_NS = 1_000_000_000


class WallClock:
    """How far this process is ahead of the real time, seconds; negative: behind."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def hook(self) -> None:
        """Put it over the runtime's clock, the only source of time there is."""
        hooks.put("runtime.clock:time", lambda real: _Time(real, self))
        hooks.put("runtime.clock:datetime", lambda real: _Dates(real, self))

    def move(self, _: Say, ahead_s: float) -> Answer:
        """Show another time from now on; what the process takes for now, seconds since 1970."""
        self.ahead_s = ahead_s
        return {"now_s": clock.wall_now().timestamp()}


class _Time:
    """The module `time` as far as it tells the wall clock; everything else is its own."""

    def __init__(self, real: ModuleType, shown: WallClock) -> None:
        self._real = real
        self._shown = shown

    def time(self) -> float:
        return float(self._real.time()) + self._shown.ahead_s

    def time_ns(self) -> int:
        return int(self._real.time_ns()) + int(self._shown.ahead_s * _NS)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Dates:
    """The class `datetime` as far as it tells the time."""

    def __init__(self, real: type[datetime], shown: WallClock) -> None:
        self._real = real
        self._shown = shown

    def now(self, zone: tzinfo | None = None) -> datetime:
        return self._real.now(zone) + timedelta(seconds=self._shown.ahead_s)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)
