"""Kafka's request to delete a consumer group, which aiokafka does not know. Used by `faults`."""

from __future__ import annotations

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import GroupLoadInProgressError, NonEmptyGroup, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

KEY, VERSION = 42, 1
NOT_YET = (NonEmptyGroup, GroupLoadInProgressError)


class _Answer(Response):  # type: ignore[misc]
    API_KEY = KEY
    API_VERSION = VERSION
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(("group_id", String("utf-8")), ("error_code", Int16))),
    )


class _Words(RequestStruct):  # type: ignore[misc]
    API_KEY = KEY
    API_VERSION = VERSION
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(("groups_names", Array(String("utf-8"))))


class _DeleteGroups(Request[_Words]):  # type: ignore[misc]
    API_KEY = KEY

    def __init__(self, groups: list[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: type[_Words]) -> _Words:
        return request_struct_class(self._groups)


async def deleted(bootstrap: str, group: str) -> bool:
    """Delete a group with its offsets, on a broker that is the only one; False while the group
    still has a member. Raises KafkaError."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        answer = await client.send(client.get_random_node(), _DeleteGroups([group]))
    finally:
        await client.close()
    ((_, code),) = answer.results
    if not code:
        return True
    error = for_code(code)
    if error in NOT_YET:
        return False
    raise error(f"the group {group} can't be deleted")
