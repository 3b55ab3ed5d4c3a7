"""When a ticket is judged anew: the section `retriage` of the policy. Read by `retriage`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from schemas.values import Ref


class RetriageUse(BaseModel):
    """What a machine may change of a ticket that was triaged. A rise of level is always told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sure_from: float = Field(
        default=0.8, gt=0, le=1, description="Confidence that a message needs for another class."
    )
    unsure_below: float = Field(
        default=0.6, ge=0, le=1, description="Confidence below which the class may still change."
    )
    at_most: int = Field(
        default=3, ge=0, le=20, description="Changes of a ticket by machines that are no rise."
    )
    again_after_s: int = Field(
        default=600, ge=0, description="From then on a question has been asked again, seconds."
    )
    asks_again: tuple[Ref, ...] = Field(
        default=(), description="Signs of which a message needs one to ask again."
    )
