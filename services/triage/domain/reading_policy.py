"""Parts of a triage policy that say how a text is read. No logic; put together in `rules`."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from schemas.values import Fen, Label, Ref
from services.triage.domain.phrases import read_phrase


def _readable(phrase: str) -> str:
    read_phrase(phrase)
    return phrase


Phrase = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_readable)]
Phrases = tuple[Phrase, ...]
PlainWord = Annotated[Label, Field(pattern=r"^[^~|#*A-Z]{2,}$")]
UNLESS = "What these contain does not count; where they contain none of it: in their clause."
UNLESS_NEAR = "In their clause and in the one before and behind it, nothing of it counts."


class Part(BaseModel):
    """Base of all parts of the policy: immutable, and a typing error is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Named(Part):
    """Something with a name for people."""

    zh: Label = Field(description="Name in Chinese.")
    en: Label = Field(description="Name in English.")


class Negation(Part):
    """Words that turn a phrase into its opposite when they stand right before it."""

    before: Phrases = Field(min_length=1, description="Negators.")
    between: Phrases = Field(default=(), description="Words allowed between negator and phrase.")
    not_when: Phrases = Field(default=(), description="Forms that only look like negators.")
    after: Phrases = Field(default=(), description="Negators right behind the phrase.")


class StatedPrice(Part):
    """How the price of the goods is recognised in a text while the order is unknown."""

    bought: Phrases = Field(description="Words right before or behind a price paid.")
    not_after: Phrases = Field(description="Words before an amount that is no price.")
    not_before: Phrases = Field(default=(), description="Units that make a number no price.")
    not_behind: Phrases = Field(default=(), description="What an amount is that is no price.")
    goods: Phrases = Field(default=(), description="Goods: an amount right before one is a price.")
    signs_fen: dict[str, Fen] = Field(description="Currency signs and words, fen per unit.")


class Told(Part):
    """How often it is right that there is danger, say, by who says so."""

    both: float = Field(gt=0, le=1, description="Words say it, and the model agrees.")
    words: float = Field(gt=0, le=1, description="Words alone say it.")
    silence: float = Field(gt=0, le=1, description="Nobody says it, and no model was asked.")


class ConfidenceUse(Part):
    """How sure the answers are that no calibrated model gives. Each between 0 and 1."""

    agrees_from: float = Field(default=0.3, gt=0, lt=1, description="The model agrees with words.")
    safety: Told = Field(default=Told(both=0.95, words=0.65, silence=0.93), description="Danger.")
    threat: Told = Field(default=Told(both=0.95, words=0.6, silence=0.96), description="A threat.")
    emotion: float = Field(default=0.5, gt=0, le=1, description="Emotion by words alone.")
    order: float = Field(default=0.97, gt=0, le=1, description="A fact of the order made a level.")
    level: dict[Ref, float] = Field(default={}, description="By level rule that words made.")
    level_by_words: float = Field(default=0.85, gt=0, le=1, description="The others of them.")
    routine: float = Field(default=0.9, gt=0, le=1, description="L2 without a model.")


class GiftTimes(Part):
    """When a present with a date is time-critical."""

    before_h: int = Field(gt=0, description="Hours before the date.")
    after_h: int = Field(ge=0, description="Hours after it.")
    near_days: int = Field(default=10, ge=0, description="A day in the text: days before it.")
    missed_days: int = Field(default=10, ge=0, description="Days after it.")
    zone: str = Field(default="Asia/Shanghai", description="Zone of the shop's calendar.")

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (KeyError, OSError, ValueError) as error:
            raise ValueError(f"no zone is called {zone}") from error
