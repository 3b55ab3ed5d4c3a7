"""What a stored policy version promises, read as plain JSON. Asked by `knowledge` for the clocks of
a class and level. What it does not understand it names, so that nobody passes it over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.sla.audit.books import EVERY_SECOND

Json = Mapping[str, Any]
DATED = {"platform", "promise"}
"""Clocks with a date; a policy says nothing of them but when all warn."""
_OF_POLICY = {
    "version", "book", "urgency", "warnings", "clocks", "targets", "routes", "conversation",
}  # fmt: skip
_OF_RULE = {"clock", "kind", "met_by", "pauses_for", "longest_pause_s", "calendar"}
_OF_TALK = {"clock", "target_s", "routes", "classes", "bot_counts", "warnings", "calendar"}
TALKS = {"human_first_response", "next_reply", "second_line", "group_hold"}
_OF_TARGET = {"clock", "target_s", "warnings", "calendar"}


@dataclass(frozen=True, slots=True)
class Term:
    """One clock of a class and level. `warnings` are names with the running time left when each
    speaks, in the order in which they do. A wait stops it for `longest_pause` at most."""

    clock: str
    target_s: int
    target: timedelta
    met_by: frozenset[str]
    pauses_for: frozenset[str]
    is_reply: bool
    calendar: str
    warnings: tuple[tuple[str, timedelta], ...]
    longest_pause: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """A clock that the conversation starts: on which ways, of which classes (none: of all), and
    whether the bot's answer meets it."""

    term: Term
    routes: frozenset[str]
    classes: frozenset[str]
    bot_counts: bool


class Terms:
    """The promises of one version. `body` is as the database keeps it."""

    def __init__(self, body: Json) -> None:
        self.urgency: Sequence[str] = body["urgency"]
        self.unknown = _beyond(body, _OF_POLICY)
        """Parts of the policy that are not understood here."""
        self._body = body
        self._rules = {rule["clock"]: rule for rule in body["clocks"]}
        self._known: dict[tuple[str, str, bool], list[Term]] = {}
        self.unjudged = self._unjudged()
        """Clocks of which the version says something that is not understood here, and what."""
        self.clocks = {target["clock"] for target in self._all()} - self.unjudged.keys()
        """All others that it knows."""
        self.talks = [_talk(rule, body["warnings"]) for rule in self._spoken()]
        """The clocks of the conversation, in the order of the policy."""
        self.clocks |= DATED | {talk.term.clock for talk in self.talks}

    def of(self, level: str, problem_class: str, *, unsure: bool) -> list[Term]:
        """The clocks of a ticket, in the order of the policy; those of the way first."""
        place = (level, problem_class, unsure)
        if place not in self._known:
            targets = (each for each in self._targets(*place) if each["clock"] in self.clocks)
            self._known[place] = [self._term(target) for target in targets]
        return self._known[place]

    def dated(self, clock: str, target: timedelta) -> Term:
        """One that is due after so long because somebody set the date. It warns between the two; a
        whole second at least is shown for its target."""
        left = [(-_left(each, target), _name(each)) for each in self._body["warnings"]]
        return Term(
            clock=clock,
            target_s=max(-(-target // timedelta(seconds=1)), 1),
            target=target,
            met_by=frozenset(),
            pauses_for=frozenset(),
            is_reply=False,
            calendar=EVERY_SECOND,
            warnings=tuple((name, -before) for before, name in sorted(left) if -before < target),
        )

    def _targets(self, level: str, problem_class: str, unsure: bool) -> Iterator[Json]:
        if unsure:
            yield from self._of_routes()
        general: Sequence[Json] = ()
        for each in self._body["targets"]:
            if each["level"] == level and problem_class in (each.get("classes") or ()):
                yield from each["clocks"]
                return
            if each["level"] == level and not each.get("classes"):
                general = each["clocks"]
        yield from general

    def _of_routes(self) -> Iterator[Json]:
        for each in self._body.get("routes") or ():
            yield from each["clocks"]

    def _all(self) -> Iterator[Json]:
        for each in self._body["targets"]:
            yield from each["clocks"]
        yield from self._of_routes()

    def _unjudged(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for target in self._all():
            name = target["clock"]
            beyond = _beyond(self._rules[name], _OF_RULE) + _beyond(target, _OF_TARGET)
            if beyond:
                found[name] = ", ".join(beyond)
        for rule in self._body.get("conversation") or ():
            beyond = _beyond(rule, _OF_TALK)
            if beyond or rule["clock"] not in TALKS:
                found[rule["clock"]] = ", ".join(beyond) or "a clock of the conversation"
        return found

    def _spoken(self) -> Iterator[Json]:
        for rule in self._body.get("conversation") or ():
            if rule["clock"] not in self.unjudged:
                yield rule

    def _term(self, target: Json) -> Term:
        rule = self._rules[target["clock"]]
        longest_s = rule.get("longest_pause_s")
        return Term(
            clock=target["clock"],
            target_s=target["target_s"],
            target=timedelta(seconds=target["target_s"]),
            met_by=frozenset(rule["met_by"]),
            pauses_for=frozenset(rule.get("pauses_for") or ()),
            is_reply=rule["kind"] == "reply",
            calendar=target.get("calendar") or rule.get("calendar") or EVERY_SECOND,
            warnings=_warnings(target, self._body["warnings"]),
            longest_pause=None if longest_s is None else timedelta(seconds=longest_s),
        )


def _talk(rule: Json, warnings: Sequence[Json]) -> Talk:
    term = Term(
        clock=rule["clock"],
        target_s=rule["target_s"],
        target=timedelta(seconds=rule["target_s"]),
        met_by=frozenset(),
        pauses_for=frozenset(),
        is_reply=True,
        calendar=rule.get("calendar") or EVERY_SECOND,
        warnings=_warnings(rule, warnings),
    )
    classes = frozenset(rule.get("classes") or ())
    return Talk(term, frozenset(rule["routes"]), classes, bool(rule.get("bot_counts")))


def _warnings(stated: Json, general: Sequence[Json]) -> tuple[tuple[str, timedelta], ...]:
    """Its own where it states some, in the order in which they speak."""
    target, own = timedelta(seconds=stated["target_s"]), stated.get("warnings")
    warnings = general if own is None else own
    spoken = sorted(((_left(each, target), _name(each)) for each in warnings), reverse=True)
    return tuple((name, left) for left, name in spoken)


def _left(warning: Json, target: timedelta) -> timedelta:
    if warning.get("percent") is None:
        return timedelta(seconds=warning["before_s"])
    percent: int = warning["percent"]
    return target * (100 - percent) / 100


def _name(warning: Json) -> str:
    if warning.get("percent") is None:
        return f"b{warning['before_s']}"
    return f"p{warning['percent']}"


def _beyond(content: Json, understood: set[str]) -> list[str]:
    """What is stated there besides."""
    return sorted(name for name in set(content) - understood if content[name])
