"""The table and the picture of who tells whom what, as Markdown. Pure; `cli/docs.py` writes it."""

from __future__ import annotations

from schemas.flows import CONSUMES, consumers_of, events_on
from schemas.topics import SERVICES, TOPICS, Topic

_HEAD = """# Message map

Written by `aftercare docs export` from `schemas/topics.py`, `schemas/flows.py` and the event
classes: change those. A record's key is its subject (second column), so the order is kept per key
within a topic; across topics it is not promised. A topic `<name>.urgent` is the urgent lane of
`<name>`: the same events, of tickets that must not wait behind a spike.
"""


def message_map() -> str:
    """The whole document; ends with a newline."""
    return "\n".join([_HEAD, *_table(), "", *_graph(), "", *_events()]) + "\n"


def _live() -> tuple[Topic, ...]:
    return tuple(topic for topic in TOPICS if consumers_of(topic))


def _key(topic: Topic) -> str:
    fields = dict.fromkeys(event.SUBJECT for event in events_on(topic))
    return ", ".join(f"`{field}`" for field in fields)


def _table() -> list[str]:
    rows = [
        f"| `{topic.name}` | {_key(topic)} | {topic.owner} "
        f"| {', '.join(consumers_of(topic)) or 'people, through the command'} "
        f"| {topic.partitions} | {topic.retention_h // 24} |"
        for topic in TOPICS
    ]
    return [
        "## Topics",
        "",
        "| topic | key | publisher | consumers | partitions | kept, days |",
        "|---|---|---|---|---|---|",
        *rows,
    ]


def _node(topic: Topic) -> str:
    return f"t_{topic.name.replace('.', '_')}"


def _graph() -> list[str]:
    nodes = [f"    {service}[{service}]" for service in ("upstream", *SERVICES)]
    topics = [f"    {_node(topic)}([{topic.name}])" for topic in _live()]
    sends = [f"    {topic.owner} --> {_node(topic)}" for topic in _live()]
    receives = [
        f"    {_node(topic)} --> {service}"
        for topic in _live()
        for service in SERVICES
        if topic.name in CONSUMES[service]
    ]
    return [
        "## Picture",
        "",
        "Topics that nobody consumes are left out: the results of evidence and the dead letters.",
        "",
        "```mermaid",
        "flowchart LR",
        *nodes,
        *topics,
        *sends,
        *receives,
        "```",
    ]


def _events() -> list[str]:
    rows = [
        f"| `{event.__name__}` | `{topic.name}` | {(event.__doc__ or '').strip()} |"
        for topic in TOPICS
        if topic.lane == "routine" and not topic.name.startswith("dead-letters")
        for event in events_on(topic)
    ]
    dead = "| `DeadLettered` | `dead-letters.<service>` | A record that a service gave up. |"
    return ["## Events", "", "| event | topic | meaning |", "|---|---|---|", *rows, dead]
