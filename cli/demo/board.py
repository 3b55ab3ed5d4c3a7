"""What the terminal shows while the demo runs. Called by `command`; numbers come from `run`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cli.demo.gauges import Gauge
from cli.demo.tally import Tally
from runtime.clock import monotonic_s
from schemas.topics import SERVICES

LEVELS = ("L1", "L3", "L2")


@dataclass(slots=True)
class Board:
    """The state that is shown; `run` writes it, the terminal reads it."""

    phase: str = "starting"
    doing: str = ""
    began_s: float = field(default_factory=monotonic_s)
    share: float = 0.0
    """Of the stream that has been played."""
    business_time: str = ""
    tally: Tally = field(default_factory=Tally)
    gauges: dict[str, Gauge] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    orders: int = 0
    sent: int = 0
    waiting: int = 0

    def line(self) -> str:
        """All of it on one line, for a terminal that is none."""
        tally, clocks = self.tally, self._clocks()
        levels = self._levels()
        lag = " ".join(f"{name}:{gauge.lag}" for name, gauge in self.gauges.items() if gauge.lag)
        return (
            f"{monotonic_s() - self.began_s:5.1f}s {self.phase} {self.business_time}"
            f" | orders {self.orders} | tickets "
            + " ".join(f"{level} {levels[level]}" for level in LEVELS)
            + f" | clocks {clocks['pending']} pending {clocks['met']} met"
            f" {clocks['breached']} breached {clocks['cancelled']} cancelled"
            f" | messages {self._accepted()} | evidence {tally.archived}"
            f" | lag {lag or 0}"
        )

    def picture(self) -> RenderableType:
        """All of it as tables."""
        took = f"{monotonic_s() - self.began_s:.0f} s"
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(self.phase, style="bold"),
            ProgressBar(total=1.0, completed=self.share, width=40),
            f"{self.business_time}  {took}",
            Text(self.doing, style="dim"),
        )
        return Group(head, Text(), self._services(), Text(), self._tickets())

    def _services(self) -> Table:
        table = Table("service", box=None, padding=(0, 2))
        for name in ("records/s", "lag", "oldest", "restarts"):
            table.add_column(name, justify="right")
        for service in SERVICES:
            gauge = self.gauges.get(service, Gauge())
            colour = "red" if gauge.oldest_s > 5 else "yellow" if gauge.oldest_s > 2 else "green"
            table.add_row(
                service,
                f"{gauge.rate:,.0f}",
                f"{gauge.lag:,}",
                f"[{colour}]{gauge.oldest_s:.1f} s[/]",
                str(self.restarts.get(service, 0)),
            )
        return table

    def _tickets(self) -> Table:
        levels, clocks = self._levels(), self._clocks()
        table = Table.grid(padding=(0, 3))
        table.add_row("tickets", "   ".join(f"{level} {levels[level]:,}" for level in LEVELS))
        states = "   ".join(
            f"{state} {clocks[state]:,}" for state in ("pending", "met", "breached", "cancelled")
        )
        table.add_row("clocks", f"{states}   warnings {self.tally.warnings:,}")
        by_carrier: Counter[str] = Counter()
        for (provider, result), count in self.tally.notified.items():
            by_carrier[provider] += count if result == "accepted" else 0
        sent = "   ".join(f"{name} {count:,}" for name, count in sorted(by_carrier.items()))
        table.add_row("messages out", sent or "0")
        table.add_row("evidence", f"{self.tally.archived:,} items")
        table.add_row("upstream", f"orders {self.orders:,}   requests {self.sent:,}")
        return table

    def _levels(self) -> Counter[str]:
        return Counter(level for _, level in self.tally.sorted_as.values())

    def _clocks(self) -> Counter[str]:
        return Counter(self.tally.clocks.values())

    def _accepted(self) -> int:
        notified = self.tally.notified.items()
        return sum(count for (_, result), count in notified if result == "accepted")
