"""A signing key that is missing or no key stops the service; the default policy is valid."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime.policy import PolicyError, load_policy, parse_policy
from services.evidence.policy import EvidencePolicy
from services.evidence.settings import EvidenceSettings, VerifierSettings

SEED = base64.b64encode(b"s" * 32).decode()


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("AFTERCARE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("AFTERCARE_DATABASE_URL", "postgresql://127.0.0.1:1/x")
    monkeypatch.setenv("AFTERCARE_MASTER_KEY", SEED)
    monkeypatch.delenv("AFTERCARE_EVIDENCE_PUBLIC_KEY", raising=False)
    return monkeypatch


def test_the_seed_is_read(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("AFTERCARE_EVIDENCE_SIGNING_KEY", SEED)
    settings = EvidenceSettings()
    assert settings.signing_seed == b"s" * 32
    assert SEED not in repr(settings)


@pytest.mark.parametrize("seed", ["", "short", "not base64!", base64.b64encode(b"x").decode()])
def test_no_start_without_a_key(variables: pytest.MonkeyPatch, seed: str) -> None:
    variables.setenv("AFTERCARE_EVIDENCE_SIGNING_KEY", seed)
    with pytest.raises(ValidationError, match="evidence_signing_key"):
        EvidenceSettings()
    variables.delenv("AFTERCARE_EVIDENCE_SIGNING_KEY")
    with pytest.raises(ValidationError, match="evidence_signing_key"):
        EvidenceSettings()


def test_the_key_to_believe(variables: pytest.MonkeyPatch) -> None:
    assert VerifierSettings().pinned_key is None
    variables.setenv("AFTERCARE_EVIDENCE_PUBLIC_KEY", SEED)
    assert VerifierSettings().pinned_key == b"s" * 32
    variables.setenv("AFTERCARE_EVIDENCE_PUBLIC_KEY", "short")
    with pytest.raises(ValidationError, match="evidence_public_key"):
        VerifierSettings()


def test_the_default_policy_is_valid() -> None:
    policy = load_policy(Path("policies/default"), "evidence", EvidencePolicy)
    assert policy.version.startswith("evidence-")


@pytest.mark.parametrize("change", [{"head_interval_s": 0}, {"file_retry_s": []}, {"typo": 1}])
def test_a_policy_that_makes_no_sense_is_refused(change: dict[str, object]) -> None:
    good = load_policy(Path("policies/default"), "evidence", EvidencePolicy)
    with pytest.raises(PolicyError):
        parse_policy("evidence", {**good.model_dump(mode="json"), **change}, EvidencePolicy)
