"""Creates the system's topics on a broker. Called by the supervisor and by tests."""

from __future__ import annotations

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from devstack.problems import StackError
from schemas.topics import TOPICS, Topic

_HOUR_MS = 3_600_000


async def create_topics(bootstrap: str, topics: tuple[Topic, ...] = TOPICS) -> None:
    """Create those that are missing; others stay as they are. Raises StackError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        response = await admin.create_topics([_new(topic) for topic in topics], timeout_ms=30_000)
    except KafkaError as error:
        raise StackError(
            f"the topics can't be created on {bootstrap}: {type(error).__name__}",
            "Does the broker answer, and may this account create topics?",
        ) from error
    finally:
        await admin.close()
    for name, code, *_ in response.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise StackError(
                f"the topic {name} can't be created: {for_code(code).__name__}",
                "Create it by hand, or give this account the right to.",
            )


def _new(topic: Topic) -> NewTopic:
    """One copy: a broker for several machines sets its own default on topics made there."""
    settings = {"retention.ms": str(topic.retention_h * _HOUR_MS)}
    return NewTopic(topic.name, topic.partitions, 1, topic_configs=settings)
