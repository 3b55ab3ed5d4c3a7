"""Has the broker stamp records itself: a producer's own time is that of its first try, and would
hide how long a broker was away. Called by `course` and `poison`."""

from __future__ import annotations

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

STAMPED = {"message.timestamp.type": "LogAppendTime"}


async def stamped_by_broker(bootstrap: str, topics: Sequence[str]) -> None:
    """From now on records of these topics carry the time of their append. Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        wanted = [ConfigResource(ConfigResourceType.TOPIC, name, STAMPED) for name in topics]
        for response in await admin.alter_configs(wanted):
            for code, message, *_ in response.resources:
                if code:
                    raise for_code(code)(message)
    finally:
        await admin.close()
