"""The limit: what comes in batches goes out again; the same promises to Kafka, nothing else.

`python -m benchmarks.service.bare --bootstrap B --out TOPIC TOPIC ...` runs until SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
from collections.abc import Sequence

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks.parent import end_with_parent

SESSION_MS = 300_000
"""It is held still while others are measured."""
BATCH_RECORDS = 1000
READY = "the group has its partitions"
"""What it says once it waits for messages."""


async def pass_on(bootstrap: str, topics: Sequence[str], out: str) -> None:
    """Consume in batches, publish each batch idempotently to all replicas, commit its offsets."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        linger_ms=0,
        max_batch_size=256 * 1024,
    )
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap,
        group_id=f"bare.{out}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        session_timeout_ms=SESSION_MS,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )
    await producer.start()
    await consumer.start()
    print(READY, flush=True)
    try:
        while True:
            polled = await consumer.getmany(timeout_ms=500, max_records=BATCH_RECORDS)
            records = [record for part in polled.values() for record in part]
            if records:
                sent = [
                    await producer.send(out, r.value, key=r.key, headers=list(r.headers))
                    for r in records
                ]
                await asyncio.gather(*sent)
                ends = {place: part[-1].offset + 1 for place, part in polled.items()}
                await consumer.commit(ends)
    finally:
        await consumer.stop()
        await producer.stop()


async def _until_told(bootstrap: str, topics: Sequence[str], out: str) -> None:
    working = asyncio.create_task(pass_on(bootstrap, topics, out))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, working.cancel)
    await asyncio.gather(working, return_exceptions=False)


def main() -> None:
    """Run until a signal; an error ends it with a traceback."""
    end_with_parent()
    parser = argparse.ArgumentParser()
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("topics", nargs="+")
    given = parser.parse_args()
    try:
        uvloop.run(_until_told(given.bootstrap, given.topics, given.out))
    except asyncio.CancelledError:
        return


if __name__ == "__main__":
    main()
