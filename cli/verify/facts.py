"""Everything that was read about one system, before anybody judges it.

`collect` fills it; every check is a pure function `Facts -> Verdict`, so that a test can plant a
violation by hand. Holders of many rows have no repr: in a traceback it would take minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cli.verify.domain_facts import Archive, Clocks, Intake, Notifier
from cli.verify.leaks import Leaks
from cli.verify.lives import ClockKey, Life, lives_of
from cli.verify.log_facts import Offsets, Place, TopicLog
from cli.verify.store_facts import Store
from cli.verify.stories import Stories
from devstack.standins.records import SendRecord
from simulator.journal import Sent


@dataclass(slots=True, repr=False)
class Facts:
    """What was found. None: that source was not there to be read."""

    logs: dict[str, TopicLog] = field(default_factory=dict)
    stories: Stories = field(default_factory=Stories)
    stores: dict[str, Store] = field(default_factory=dict)
    committed: Mapping[str, Offsets] = field(default_factory=dict)
    """By consumer group."""
    intake: Intake | None = None
    clocks: Clocks | None = None
    notifier: Notifier | None = None
    archive: Archive | None = None
    sends: list[SendRecord] | None = None
    """What the stand-in providers got."""
    journal: list[Sent] | None = None
    """What the load generator was promised."""
    leaks: Leaks | None = None
    """Where planted personal data was looked for and found."""
    planted: frozenset[str] = frozenset()
    """Poison put there on purpose: event ids, or places as topic/partition/offset."""
    read_at_s: float = 0.0
    """Wall time of the database when it was read, seconds since 1970."""
    settled_s: float = float("inf")
    """What is younger than this wall time may still be under way, and nobody blames it."""
    time_scale: float | None = None
    """Business seconds in a wall second; None: measured from the events."""
    lateness_limit_s: float | None = None
    """Most lateness allowed to 99 of 100 clocks, wall seconds; None: only reported."""
    kept_lives: Mapping[ClockKey, Life] | None = None
    """See `lives`; put there by who judges them all and changes nothing meanwhile."""

    def log(self, topic: str) -> TopicLog:
        """A topic's records; an empty one for a topic that was not read."""
        return self.logs.get(topic) or TopicLog(topic)

    def lives(self) -> Mapping[ClockKey, Life]:
        """What was told of each clock."""
        return lives_of(self.stories.clocks) if self.kept_lives is None else self.kept_lives

    def is_planted(self, *names: str | Place) -> bool:
        """Whether one of these ids or places was put there on purpose."""
        return any(str(name) in self.planted for name in names)
