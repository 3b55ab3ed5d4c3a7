"""The files policies/<set>/notifier.yaml and care.yaml as loadable policies. Read by `app.py`."""

from __future__ import annotations

from pathlib import Path

from runtime.policy import Policy, PolicyError, load_policy
from services.notifier.domain.care_policy import CarePolicies, CareRules, misfits
from services.notifier.domain.policy import NotifierRules


class NotifierPolicy(NotifierRules, Policy):
    """The rules of messages as a policy with immutable versions."""


class CarePolicy(CareRules, Policy):
    """The care chain as a policy with immutable versions."""


def load(directory: Path) -> tuple[NotifierPolicy, CarePolicy]:
    """Both, each sound and fitting the other. Raises PolicyError."""
    notifier = load_policy(directory, "notifier", NotifierPolicy)
    care = load_policy(directory, "care", CarePolicy)
    problems = list(misfits(CarePolicies(care, notifier)))
    if problems:
        raise PolicyError(f"care.yaml: {'; '.join(problems)}")
    return notifier, care
