"""Reads the cost of one ticket out of what `bench pipeline` has written."""

from __future__ import annotations

from typing import Any

from benchmarks.scaling.model import Cost
from schemas.topics import SERVICES


def cost_of(document: dict[str, Any]) -> Cost | None:
    """The newest measured cost; None when the pipeline was not measured. Raises KeyError."""
    pipeline = document["benches"].get("pipeline")
    if pipeline is None:
        return None
    found = {each["name"].strip(): each["value"] for each in pipeline["figures"]}
    return Cost(
        python_us={service: found[f"CPU {service}"] for service in SERVICES},
        postgres_us=found["CPU postgres"],
        kafka_us=found["CPU kafka"],
        kafka_bytes=found["Kafka a ticket"],
        wal_bytes=found["database log a ticket"],
        table_bytes=found["database a ticket"],
        events=found["records a ticket"],
    )
