"""How a planted violation is looked for: one check, one offender. Used by the tests beside it."""

from __future__ import annotations

from cli.verify.run import judged
from tests.support.small_system import SmallSystem


def offenders(system: SmallSystem, code: str) -> tuple[str, ...]:
    """What the check of that code finds broken."""
    (verdict,) = (each for each in judged(system.facts) if each.code == code)
    assert verdict.outcome == ("broken" if verdict.offenders else "holds")
    return verdict.offenders


def broken_codes(system: SmallSystem) -> list[str]:
    """Codes of everything that is broken."""
    return [verdict.code for verdict in judged(system.facts) if not verdict.holds]
