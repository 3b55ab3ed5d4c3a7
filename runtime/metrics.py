"""The closed list of metrics. A service may set these and no others; docs/telemetry.md lists them.

Labels hold desks, topics and outcomes only: never ids, never personal data.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """All metrics of one service process, in a registry of its own."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        self._service = service
        self.events_applied = self._count("events_applied", "Messages that had their effect.")
        self.events_repeated = self._count("events_repeated", "Messages met before and skipped.")
        self.events_parked = self._count("events_parked", "Messages put in the parking.")
        self.dead_letters = self._count("dead_letters", "Messages given up.")
        self.timers_fired = self._count("timers_fired", "Timers that fired.")
        self.batches_failed = self._count(
            "batches_failed", "Batches tried again, by cause.", ("desk", "cause")
        )
        self.events_published = self._count(
            "events_published", "Events acknowledged by Kafka.", ("topic",)
        )
        self.publish_failed = self._count("publish_failed", "Failed publishing runs.", ())
        self.requests = self._count(
            "requests", "HTTP requests by route and status.", ("route", "status")
        )
        self.sends = self._count("sends", "Calls to providers by result.", ("provider", "result"))
        self.second_opinions = self._count(
            "second_opinions", "What came of asking about unclear tickets.", ("result",)
        )
        self.triage_shadow = self._count(
            "triage_shadow",
            "Fields in which a policy on trial reads tickets as the live one does, or otherwise.",
            ("field", "result"),
        )
        self.clusters_suspected = self._count(
            "clusters_suspected", "Clusters of complaints that were told, by kind.", ("kind",)
        )
        self.lag = self._gauge("lag", "Records not applied yet.", ("desk", "lane"))
        self.outbox_waiting = self._gauge("outbox_waiting", "Events waiting for Kafka.", ())
        self.line_stopped = self._gauge("line_stopped", "1 while the line is stopped.", ("desk",))
        self.batch_seconds = Histogram(
            "aftercare_batch_seconds",
            "Time to apply a batch, seconds.",
            ("service", "desk"),
            registry=self.registry,
            buckets=_SECONDS,
        )

    def _count(self, name: str, text: str, labels: tuple[str, ...] = ("desk",)) -> Counter:
        return Counter(f"aftercare_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...]) -> Gauge:
        return Gauge(f"aftercare_{name}", text, labels, registry=self.registry)

    def batch_took(self, desk: str, seconds: float) -> None:
        """Note how long a batch took, seconds."""
        self.batch_seconds.labels(self._service, desk).observe(seconds)

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self.registry)
