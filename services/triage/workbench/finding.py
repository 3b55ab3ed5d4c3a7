"""What `lint` finds: a fault or a hint, with its place. Made by the checks, told by `lint`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from services.triage.workbench.places import Path

Weight = Literal["error", "hint"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`path` leads to the value in the file; `what` says what is wrong with it, `advice` what to do
    about it."""

    weight: Weight
    code: str
    path: Path
    what: str
    advice: str
    file: str = "triage.yaml"

    @property
    def place(self) -> str:
        """The path as people write it."""
        return ".".join(str(part) for part in self.path)
