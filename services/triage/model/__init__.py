"""The trained model: its file, the scorer that reads texts with it, and how words are found."""

from services.triage.model.file import ModelError, ModelFile, load
from services.triage.model.finder import finder_of
from services.triage.model.scorer import LinearScorer

__all__ = ["LinearScorer", "ModelError", "ModelFile", "finder_of", "load"]
