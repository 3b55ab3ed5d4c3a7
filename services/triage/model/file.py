"""The model's file: a line that names it, its digest, a line that describes it, its vocabulary and
its weights.

Written by training, read once when a service or the command starts. Without a compressor or a
pickle, so that the same model is the same bytes everywhere.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = b"aftercare triage model 2\n"
SHIPPED = Path(__file__).parent / "triage.model"


class ModelError(Exception):
    """A model file that is none, is damaged, or does not fit the policy."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A trained model. `weights`: a row for each word of the vocabulary, a column for each answer,
    in steps of its column's `scale`; `bias` by column; `sharpness` by group, in thousandths, what
    the sums are multiplied by before they become probabilities."""

    vocabulary: tuple[str, ...]
    subtypes: tuple[str, ...]
    weights: NDArray[np.int8]
    scale: tuple[float, ...]
    bias: tuple[float, ...]
    sharpness: dict[str, int]
    weighing: dict[str, tuple[tuple[float, ...], ...]]
    """By group that is weighed (see `heads`): a row an answer; what each sum of the groups that
    speak counts for it, and at the end what it has without them."""

    @property
    def to_bytes(self) -> bytes:
        """What is stored. The same model gives the same bytes."""
        body = "\n".join(self.vocabulary).encode() + b"\n" + self.weights.tobytes()
        about = {
            "bias": self.bias,
            "columns": self.weights.shape[1],
            "scale": self.scale,
            "sharpness": self.sharpness,
            "subtypes": self.subtypes,
            "weighing": self.weighing,
            "words": len(self.vocabulary),
        }
        rest = json.dumps(about, sort_keys=True).encode() + b"\n" + body
        return MAGIC + _digest(rest) + b"\n" + rest


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).hexdigest().encode()


def load(path: Path = SHIPPED) -> ModelFile:
    """Read and check a model. Raises ModelError, with what to do."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; `make train` writes it") from error
    if not raw.startswith(MAGIC):
        raise ModelError(f"{path} is no model of this version; `make train` writes one")
    digest, _, rest = raw[len(MAGIC) :].partition(b"\n")
    if _digest(rest) != digest:
        raise ModelError(f"{path} is damaged; take it from the release, or `make train`")
    line, _, body = rest.partition(b"\n")
    try:
        about = json.loads(line)
        size = about["words"] * about["columns"]
        words = body[: len(body) - size].decode().removesuffix("\n").split("\n")
        weights = np.frombuffer(body, dtype=np.int8, offset=len(body) - size)
        return ModelFile(
            vocabulary=tuple(words),
            subtypes=tuple(about["subtypes"]),
            weights=weights.reshape(about["words"], about["columns"]),
            scale=tuple(about["scale"]),
            bias=tuple(about["bias"]),
            sharpness=about["sharpness"],
            weighing={group: tuple(map(tuple, rows)) for group, rows in about["weighing"].items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}; `make train` writes it anew") from error
