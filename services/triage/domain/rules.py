"""What a triage policy says: words, conditions and outcomes, as validated values. No logic.

`policies/default/triage.yaml` is read into these; the reader and the verdict work from them.
"""

from __future__ import annotations

import re
from typing import get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.triage import Emotion, Nature, Route, Threat
from schemas.values import Demand, Fen, Label, Level, ParcelState, ProblemClass, Ref
from services.triage.domain.asking_policy import AskingRules
from services.triage.domain.clusters.policy import ClusterRules
from services.triage.domain.reading_policy import (
    UNLESS,
    UNLESS_NEAR,
    ConfidenceUse,
    GiftTimes,
    Named,
    Negation,
    Part,
    Phrases,
    PlainWord,
    StatedPrice,
)
from services.triage.domain.retriage_policy import RetriageUse

DECIDED_LATER = {
    "unclear", "level_any", "class_any", "class_none", "about_any", "subtype_any", "nature_any",
}  # fmt: skip

DAY_NEAR, DAY_FAR = "day_near", "day_far"
"""Signs: the day for which something is needed is near or was just missed; it is far."""
FILLED_IN = ("{value}", "{limit}", "{occasion}")
"""Places in the texts of rules; see `reasons`."""
LIKELY = "likely"
"""Begins the names of what no word of the policy says, and the model reads all the same."""


class Words(Named):
    """Weighted phrases for one thing; the forms are told in `phrases.PhraseBook`."""

    strong: Phrases = Field(default=(), description="Leave little doubt.")
    plain: Phrases = Field(default=(), description="Usual words for it.")
    weak: Phrases = Field(default=(), description="Hints.")
    unless: Phrases = Field(default=(), description=UNLESS)
    unless_near: Phrases = Field(default=(), description=UNLESS_NEAR)


class Kind(Named):
    """Phrases of which one is enough."""

    says: Phrases = Field(description="One of them says it.")
    unless: Phrases = Field(default=(), description=UNLESS)
    unless_near: Phrases = Field(default=(), description=UNLESS_NEAR)


class Subtype(Words):
    """A finer kind within a class."""

    nature: Nature = Field(description="Quality, service or subjective.")


class ClassWords(Named):
    """One problem class."""

    subtypes: dict[Ref, Subtype] = Field(min_length=1, description="Its finer kinds by name.")


class Weights(Part):
    """What the three strengths of a phrase count."""

    strong: float = Field(gt=0, description="Points.")
    plain: float = Field(gt=0, description="Points.")
    weak: float = Field(gt=0, description="Points.")
    most: float = Field(gt=0, description="Points that one sub-type can reach at most.")


class Mixture(Part):
    """How the points of the classes become one main class and further ones."""

    also_from: float = Field(gt=0, description="Points that a further class needs at least.")
    also_share: float = Field(gt=0, le=1, description="Share of the main class's points, likewise.")
    factors: dict[ProblemClass, float] = Field(
        default={}, description="What a class's points count for the main class; else 1."
    )
    unclear_below: float = Field(ge=0, description="Points of the main class: fewer is unclear.")
    otherwise: Ref = Field(description="Class and sub-type when nothing was recognised, a.b.")


class ModelUse(Part):
    """From which probability on the model is believed; each between 0 and 1."""

    safety_from: float = Field(gt=0, lt=1, description="Danger that no word of the policy says.")
    threat_from: float = Field(gt=0, lt=1, description="A threat, likewise.")
    disputed_from: float = Field(gt=0, lt=1, description="Goods refused, money extorted.")
    gift_from: float = Field(gt=0, lt=1, description="A present whose day is near or was missed.")
    asks_from: float = Field(gt=0, lt=1, description="An explanation is asked for.")
    also_from: float = Field(gt=0, lt=1, description="A further class.")
    also_most: int = Field(ge=0, le=4, description="Further classes at most.")
    fact_weight: float = Field(ge=0, le=1, description="What a point of `adjust` shifts the odds.")
    unclear_below: float = Field(ge=0, lt=1, description="Confidence; below it a person reads.")
    brief: int = Field(ge=0, description="Characters; where so few name no class, none is read.")


class EmotionWords(Words):
    """Signs of an emotion; `from_points` makes it."""

    from_points: float = Field(gt=0, description="Points from which the emotion is stated.")


class When(Part):
    """A condition: everything that is stated must hold. Empty: always."""

    safety: bool | None = Field(default=None, description="Somebody's safety may be at risk.")
    gift_due: bool | None = Field(default=None, description="The order is a present, date near.")
    value_above_fen: Fen | None = Field(default=None, description="Order value strictly above it.")
    custom_made: bool | None = Field(default=None, description="The line was made to order.")
    opened: bool | None = Field(default=None, description="Known to be opened (true), or not.")
    overdue: bool | None = Field(default=None, description="Promised day passed, not delivered.")
    delivered: bool | None = Field(default=None, description="Signed for, as far as is known.")
    watched: bool | None = Field(default=None, description="Came through a watched channel.")
    unclear: bool | None = Field(default=None, description="No class was clearly recognised.")
    again: bool | None = Field(default=None, description="Asked again after a while, or reopened.")
    parcel_any: tuple[ParcelState, ...] = Field(default=(), description="Last parcel state.")
    level_any: tuple[Level, ...] = Field(default=(), description="Level, once it is decided.")
    class_any: tuple[ProblemClass, ...] = Field(default=(), description="Main class.")
    class_none: tuple[ProblemClass, ...] = Field(default=(), description="None of these.")
    about_any: tuple[ProblemClass, ...] = Field(default=(), description="Main or further class.")
    subtype_any: tuple[Ref, ...] = Field(default=(), description="Sub-type.")
    nature_any: tuple[Nature, ...] = Field(default=(), description="Nature.")
    emotion_any: tuple[Emotion, ...] = Field(default=(), description="Emotion.")
    threat_any: tuple[Threat, ...] = Field(default=(), description="Threat.")
    demand_any: tuple[Demand, ...] = Field(default=(), description="At least one is asked.")
    demand_none: tuple[Demand, ...] = Field(default=(), description="None of these is asked.")
    signs_all: tuple[Ref, ...] = Field(default=(), description="All these signs.")
    signs_any: tuple[Ref, ...] = Field(default=(), description="At least one of these signs.")
    signs_none: tuple[Ref, ...] = Field(default=(), description="None of these signs.")

    @model_validator(mode="after")
    def _stated(self) -> When:
        """What is at its default is not stated, whether or not it was written down: a stored
        version names every field."""
        fields = type(self).model_fields
        stated = {
            name for name in self.model_fields_set if getattr(self, name) != fields[name].default
        }
        object.__setattr__(self, "__pydantic_fields_set__", stated)
        return self


class Ruling(Named):
    """A named condition with a text for the reasons; {value} {limit} {occasion} are filled in."""

    rule: Ref = Field(description="Name of the rule.")
    when: When = Field(default=When(), description="When it speaks.")

    @model_validator(mode="after")
    def _has_places_that_are_filled_in(self) -> Ruling:
        for text in (self.zh, self.en):
            rest = re.sub("|".join(map(re.escape, FILLED_IN)), "", text)
            if "{" in rest or "}" in rest:
                known = ", ".join(FILLED_IN)
                raise ValueError(f"{self.rule}: “{text}” has braces around other than {known}")
        return self


class Adjustment(Ruling):
    """Points for a sub-type from order facts or from what else the text says."""

    subtype: Ref = Field(description="Class and sub-type, a.b.")
    points: float = Field(description="Points added (negative: taken away).")


class LevelRule(Ruling):
    """The first one that holds gives the level."""

    level: Level = Field(description="The level.")


class RouteRule(Ruling):
    """The first one that holds gives the route."""

    route: Route = Field(description="The route.")


class PriorityRule(Ruling):
    """All that hold are added up."""

    add: int = Field(ge=-1000, le=1000, description="Places within the level.")


class TriageRules(BaseModel):
    """The whole policy of triage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Ref = Field(default="unversioned", description="Filled in from the content.")
    read_at_most: int = Field(ge=100, le=20_000, description="Characters read of a long text.")
    variants: str = Field(default="", description="Variant character, what it stands for.")
    spellings: dict[Label, str] = Field(default={}, description="Usual form: others, by blanks.")
    short_forms: dict[Label, str] = Field(
        default={}, description="Chinese word: its Latin abbreviations, read beside Chinese only."
    )
    neutral: tuple[PlainWord, ...] = Field(
        default=(), description="Ordinary words: a phrase inside one, or cut by it, is none."
    )
    weights: Weights = Field(description="Points of the phrases.")
    mixture: Mixture = Field(description="From points to classes.")
    model: ModelUse | None = Field(
        default=None, description="How the trained model is used; without it words decide alone."
    )
    retriage: RetriageUse = Field(default=RetriageUse(), description="When it is judged anew.")
    clusters: ClusterRules | None = Field(default=None, description="None: no cluster is told.")
    second_opinion: AskingRules | None = Field(default=None, description="None: never asked for.")
    negation: Negation = Field(description="Negators of states and events.")
    refusal: Negation = Field(description="Negators of wishes.")
    confidence: ConfidenceUse = Field(default=ConfidenceUse(), description="How sure it is.")
    gift: GiftTimes = Field(description="When a present is time-critical.")
    stated_price: StatedPrice = Field(description="Prices in the text.")
    classes: dict[ProblemClass, ClassWords] = Field(description="The five classes.")
    emotions: dict[Emotion, EmotionWords] = Field(description="Strongest first; else calm.")
    demands: dict[Demand, Kind] = Field(description="What can be asked for.")
    safety: dict[Ref, Kind] = Field(min_length=1, description="Kinds of danger.")
    threats: dict[Threat, Kind] = Field(description="Gravest first.")
    signs: dict[Ref, Kind] = Field(description="Other things that conditions ask for.")
    adjust: tuple[Adjustment, ...] = Field(description="Points beyond the phrases.")
    levels: tuple[LevelRule, ...] = Field(min_length=1, description="In order of precedence.")
    routes: tuple[RouteRule, ...] = Field(min_length=1, description="In order of precedence.")
    priority: tuple[PriorityRule, ...] = Field(default=(), description="Added up, 0 to 1000.")

    @model_validator(mode="after")
    def _leaves_nothing_undecided(self) -> TriageRules:
        missing = set(get_args(ProblemClass)) - self.classes.keys()
        if missing:
            raise ValueError(f"classes without words: {', '.join(sorted(missing))}")
        for place, last in (("levels", self.levels[-1]), ("routes", self.routes[-1])):
            if last.when != When():
                raise ValueError(f"the last of {place} must hold always")
        order = [rule.level for rule in self.levels]
        if order != sorted(order, key=("L1", "L3", "L2").index):
            raise ValueError("levels are ordered L1, L3, L2")
        if not any(one.level == "L1" and one.when == When(safety=True) for one in self.levels):
            raise ValueError("levels: an L1 rule with exactly {safety: true} is missing")
        return self

    @model_validator(mode="after")
    def _names_what_the_model_may_say(self) -> TriageRules:
        if self.model is None:
            return self
        wanted = [
            *(("threats", name) for name in get_args(Threat) if name != "none"),
            *(("emotions", name) for name in get_args(Emotion) if name != "calm"),
            ("safety", LIKELY),
            *(("signs", f"{LIKELY}_{name}") for name in ("disputed", "gift")),
        ]
        missing = [f"{place}.{name}" for place, name in wanted if name not in getattr(self, place)]
        if missing:
            raise ValueError(f"no names for what the model may say: {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _keeps_the_bot_from_disputes(self) -> TriageRules:
        for rule in self.routes:
            calm = rule.when.emotion_any and "angry" not in rule.when.emotion_any
            if rule.route == "bot" and not (rule.when.level_any == ("L2",) and calm):
                raise ValueError(f"{rule.rule}: the bot takes L2 only, and nobody who is angry")
        return self

    @model_validator(mode="after")
    def _adjusts_by_what_is_known_by_then(self) -> TriageRules:
        for rule in self.adjust:
            if rule.when.model_fields_set & DECIDED_LATER:
                raise ValueError(f"{rule.rule}: class and level are not decided yet")
        return self

    @model_validator(mode="after")
    def _names_what_exists(self) -> TriageRules:
        subtypes = {f"{name}.{sub}" for name, of in self.classes.items() for sub in of.subtypes}
        places = [("mixture", self.mixture.otherwise)]
        places += [(rule.rule, rule.subtype) for rule in self.adjust]
        for place, name in places:
            if name not in subtypes:
                raise ValueError(f"{place}: no sub-type {name}")
        known = {name.split(".")[1] for name in subtypes}
        for rule in (*self.adjust, *self.levels, *self.routes, *self.priority):
            asked = {*rule.when.signs_all, *rule.when.signs_any, *rule.when.signs_none}
            unknown = (asked - self.signs.keys()) | (set(rule.when.subtype_any) - known)
            if unknown:
                raise ValueError(f"{rule.rule}: unknown {', '.join(sorted(unknown))}")
        return self
