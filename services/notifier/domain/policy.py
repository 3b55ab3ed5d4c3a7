"""What a shop may want otherwise about messages: who is told what, through which channels, and
how delivery is tried. `services/notifier/policy.py` adds loading; the rules ask it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.clusters import ClusterKind
from schemas.resolution import Outcome
from schemas.triage import Emotion, Route
from schemas.values import Language, Level, Ordinal, ProblemClass, Ref
from services.notifier.domain.delivery_policy import DeliveryPolicy
from services.notifier.domain.escalation_policy import TO_PEOPLE, EscalationPolicy
from services.notifier.domain.hours import Hours, Zones

Provider = Literal["aliyun_sms", "wecom", "dingtalk", "feishu"]
Cause = Literal[
    "Triaged", "SLAWarning", "SLABreached", "Resolved", "TicketReopened", "ClusterSuspected"
]  # fmt: skip
CUSTOMER = "customer"
LEVEL_GROUP = "level_group"
ESCALATION = "escalation"
"""Wording of what single persons are told."""
SMS: Provider = "aliyun_sms"


class Closed(BaseModel):
    """Content with nothing but the named fields: a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(Closed):
    """A way out: an SMS account or one robot of one group. Its account has the same name.

    A robot speaks at most `messages_per_minute` (real time) after a first `burst`; what waits
    meanwhile goes out together. What is not urgent waits up to `calm_s` (business time) for more,
    and leaves `kept_for_urgent` messages of the burst to what is.
    """

    provider: Provider = Field(description="Whose.")
    messages_per_minute: int = Field(default=15, ge=1, le=6000, description="A robot's pace.")
    burst: int = Field(default=3, ge=1, le=100, description="Messages before the pace counts.")
    kept_for_urgent: int = Field(default=1, ge=0, le=99, description="Of the burst.")
    calm_s: int = Field(default=60, ge=0, le=3600, description="Between calm messages, seconds.")
    notices_max: int = Field(default=200, ge=1, le=500, description="Notices in one message.")
    markdown: bool = Field(default=False, description="Send as markdown.")


class Group(Closed):
    """Staff that is told things."""

    language: Language = Field(default="zh", description="Language that they are written to in.")
    channels: tuple[Ref, ...] = Field(
        min_length=1, max_length=5, description="The first that works carries the message."
    )


class When(Closed):
    """Which events a rule speaks about. What is not named does not matter."""

    level: tuple[Level, ...] | None = Field(default=None, description="Levels.")
    emotion: tuple[Emotion, ...] | None = Field(default=None, description="How they sound.")
    problem_class: tuple[ProblemClass, ...] | None = Field(default=None, description="Classes.")
    route: tuple[Route, ...] | None = Field(default=None, description="Who works on it.")
    outcome: tuple[Outcome, ...] | None = Field(default=None, description="How it ended.")
    paid: tuple[bool, ...] | None = Field(default=None, description="Whether money is paid.")
    clock: tuple[Ref, ...] | None = Field(default=None, description="Clocks.")
    threshold: tuple[Ref, ...] | None = Field(default=None, description="Warning thresholds.")
    cluster: tuple[ClusterKind, ...] | None = Field(
        default=None, description="What a cluster's tickets have in common."
    )

    def fits(self, facts: Mapping[str, Any]) -> bool:
        """Whether every named fact has one of the named values; an unknown fact never fits."""
        return all(facts.get(name) in wanted for name, wanted in self._named)

    @cached_property
    def _named(self) -> tuple[tuple[str, tuple[Any, ...]], ...]:
        return tuple((name, wanted) for name, wanted in self if wanted is not None)


class Variant(Closed):
    """Another wording for some events."""

    when: When = Field(description="For which events.")
    template: Ref = Field(description="Wording.")
    urgent: bool = Field(default=False, description="Goes before everything that is not.")


class Rule(Closed):
    """What makes which message. Each speaks once per ticket and occasion."""

    rule: Ref = Field(description="Name, unique; part of the notification's identity.")
    event: Cause = Field(description="Event that it answers.")
    when: When = Field(default=When(), description="Which of these events.")
    to: Ref = Field(description="customer, level_group (that of the level), or a group.")
    template: Ref = Field(description="Wording.")
    variants: tuple[Variant, ...] = Field(default=(), description="The first that fits wins.")
    urgent: bool = Field(default=False, description="Goes before everything that is not.")

    def wording(self, facts: Mapping[str, Any]) -> tuple[str, bool]:
        """The template for these facts, and whether it is urgent."""
        fitting = (each for each in self.variants if each.when.fits(facts))
        variant = next(fitting, None)
        if variant is None:
            return self.template, self.urgent
        return variant.template, self.urgent or variant.urgent


class Template(Closed):
    """A wording, in templates/<language>/<name>.j2. An SMS has a code at the provider for each
    language, and gets `params` as its variables."""

    params: tuple[str, ...] = Field(default=(), description="Variables of the SMS.")
    sms: dict[Language, str] = Field(default={}, description="Approved code by language.")


class NotifierRules(Closed):
    """The whole policy."""

    version: Ref = Field(default="unversioned", description="Filled in from the content.")
    customer_hours: Hours = Field(description="When customers may be written to.")
    zones: Zones = Field(description="Whose local time counts.")
    channels: dict[Ref, Channel] = Field(description="All ways out.")
    customer_channels: tuple[Ref, ...] = Field(min_length=1, description="Ways to customers.")
    groups: dict[Ref, Group] = Field(description="Staff groups.")
    level_groups: dict[Level, Ref] = Field(description="Which group a level belongs to.")
    rules: tuple[Rule, ...] = Field(description="Who is told what.")
    templates: dict[Ref, Template] = Field(description="All wordings.")
    product_length: Ordinal = Field(description="A product's name is cut to so many characters.")
    order_patience_s: Ordinal = Field(
        description="A ticket without a phone waits so long for its order to be told, seconds."
    )
    escalation: EscalationPolicy = Field(
        default=EscalationPolicy(), description="Whom a breach climbs to."
    )
    delivery: DeliveryPolicy = Field(description="How delivery is tried.")

    @model_validator(mode="after")
    def _complete(self) -> NotifierRules:
        problems = list(self._problems())
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def rules_on(self, cause: Cause) -> tuple[Rule, ...]:
        """The rules that answer such an event, in the order of the file."""
        return self._by_cause.get(cause, ())

    @cached_property
    def lanes(self) -> dict[str, Channel]:
        """Every lane that messages wait in, with the channel that they leave by: the channels
        themselves, and a lane to people beside each of which people read."""
        to_people = sorted(self.escalation.channels())
        return {**self.channels, **{TO_PEOPLE + name: self.channels[name] for name in to_people}}

    @cached_property
    def _by_cause(self) -> dict[Cause, tuple[Rule, ...]]:
        causes = {rule.event for rule in self.rules}
        return {c: tuple(rule for rule in self.rules if rule.event == c) for c in causes}

    def group_of(self, to: str, level: Level) -> str:
        """The staff group that `to` means for a ticket of that level."""
        return self.level_groups[level] if to == LEVEL_GROUP else to

    def _problems(self) -> Iterator[str]:
        names = [rule.rule for rule in self.rules]
        yield from (f"rule {name} comes twice" for name in set(names) if names.count(name) > 1)
        used = {*self.customer_channels, *(c for g in self.groups.values() for c in g.channels)}
        yield from (f"channel {name} is not defined" for name in sorted(used - set(self.channels)))
        for level in get_args(Level):
            if self.level_groups.get(level) not in self.groups:
                yield f"level_groups: {level} has no group"
        for name in self.customer_channels:
            if name in self.channels and self.channels[name].provider != SMS:
                yield f"customer_channels: {name} does not reach customers"
        for group in self.groups.values():
            for name in group.channels:
                if name in self.channels and self.channels[name].provider == SMS:
                    yield f"channel {name} does not reach a group"
        robots = {name for name, each in self.channels.items() if each.provider != SMS}
        yield from self.escalation.problems(self.channels, robots)
        if self.escalation.levels:
            yield from self.wording_problems(ESCALATION, to_customer=False)
        yield from self._rule_problems()

    def _rule_problems(self) -> Iterator[str]:
        for rule in self.rules:
            if rule.to not in {CUSTOMER, LEVEL_GROUP, *self.groups}:
                yield f"rule {rule.rule}: {rule.to} is no group"
            elif rule.event == "ClusterSuspected" and rule.to not in self.groups:
                yield f"rule {rule.rule}: a cluster is told to a group of its own, no level's"
            for name in (rule.template, *(each.template for each in rule.variants)):
                yield from self.wording_problems(name, to_customer=rule.to == CUSTOMER)

    def wording_problems(self, name: str, *, to_customer: bool) -> Iterator[str]:
        """What a template lacks for its use."""
        template = self.templates.get(name)
        if template is None:
            yield f"template {name} is not defined"
        elif to_customer and set(template.sms) != {"zh", "en"}:
            yield f"template {name}: an SMS needs a code in zh and en"
