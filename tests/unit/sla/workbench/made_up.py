"""Made-up tickets and policies for the workbench: by seconds after nine, on the shipped policy with
parts of its text replaced."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from services.sla.domain.plan_model.ticket import Ticket
from services.sla.policy import Loaded, load
from services.sla.workbench.recorded import Tickets
from tests.support.sla_story import POLICIES, at
from tests.unit.sla.plan_model.told import event, ticket

TEXT = (POLICIES / "sla.yaml").read_text(encoding="utf-8")
SHIPPED = load(POLICIES)
FIRST_REPLY = "first_reply, target_s: 3600"
REVIEW = "review, target_s: 86400"


def folder(place: Path, *changes: tuple[str, str], more: str = "") -> Path:
    """The shipped policy with parts of its text replaced, and more at its end."""
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    shutil.copytree(POLICIES / "calendars", place / "calendars")
    (place / "sla.yaml").write_text(text + more, encoding="utf-8")
    return place


def policy(place: Path, *changes: tuple[str, str], more: str = "") -> Loaded:
    """The same, loaded."""
    return load(folder(place, *changes, more=more))


def lines(*contents: dict[str, Any]) -> list[bytes]:
    """As a file holds them."""
    return [json.dumps(content).encode() + b"\n" for content in contents]


def tickets(*contents: dict[str, Any]) -> Tickets:
    """As a program reads them."""
    return Tickets(lines(*contents))


def replied(name: str, second: float, level: str = "L2", **more: Any) -> dict[str, Any]:
    """A ticket that was answered then, and looked at a day later."""
    told = ticket(level, 86_400, event(second, "agent_replied", human=True), **more)
    return {**told, "id": name}


def head(now: float, *policies: Loaded) -> dict[str, Any]:
    """The first line of a running system's ledgers."""
    versions = {
        each.rules.version: each.rules.model_dump(mode="json", exclude={"version"})
        for each in policies
    }
    return {"now": at(now).isoformat(), "versions": versions}


def kept(told: dict[str, Any], policy: Loaded = SHIPPED) -> dict[str, Any]:
    """The line of a ticket of a running system, that keeps the version of `policy`."""
    ledger = Ticket.model_validate(told).ledger()
    return {
        "ticket_id": told["id"],
        "policy_version": policy.rules.version,
        "ledger": [entry.as_json() for entry in ledger],
    }


def names(found: Iterable[dict[str, Any]]) -> list[str]:
    """Ids of the tickets told."""
    return [each["id"] for each in found]
