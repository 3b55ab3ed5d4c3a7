"""The policy of resolution, from policies/default/resolution.yaml."""

from __future__ import annotations

from pydantic import Field

from runtime.policy import Policy
from schemas.values import Fen


class ResolutionPolicy(Policy):
    """What a shop may want otherwise."""

    compensation_ceiling_fen: Fen = Field(
        description="Most that one decision may pay on top of a refund, fen: stops typing errors."
    )
    resolve_on_foreign_refund: bool = Field(
        description="A refund that nobody decided here closes the open tickets it is about."
    )
