"""The trained model: its file, and the scorer that reads texts with it."""

from services.triage.model.file import ModelError, ModelFile, load
from services.triage.model.scorer import LinearScorer

__all__ = ["LinearScorer", "ModelError", "ModelFile", "load"]
