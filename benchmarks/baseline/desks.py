"""What each service of the textbook design listens to, by which rules it decides, and what runs
beside its handlers. The rules and their tables are the services' own. Called by `app`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.baseline.heads import sign_heads
from benchmarks.baseline.one_by_one import OneByOne
from benchmarks.baseline.sender import Sender
from runtime.case import Desk
from runtime.database import Database
from runtime.policy import PolicyShelf, load_policy
from runtime.sealed import Sealer
from runtime.settings import RuntimeSettings
from services.evidence import app as evidence
from services.evidence import log
from services.evidence.blobs import Blobs
from services.evidence.policy import EvidencePolicy
from services.evidence.settings import EvidenceSettings
from services.evidence.signing import Signer
from services.evidence.store import Store
from services.intake import app as intake
from services.notifier import app as notifier
from services.notifier import policy as notifier_policy
from services.notifier.bell import Bell
from services.notifier.composing import Composer
from services.notifier.domain.care_policy import CarePolicies
from services.notifier.settings import NotifierSettings
from services.resolution import app as resolution
from services.resolution.policy import ResolutionPolicy
from services.sla import app as sla
from services.sla.policy import SlaPolicy
from services.triage import app as triage
from services.triage.domain import Triager
from services.triage.policy import TriagePolicy

Task = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Place:
    """What a service is made with."""

    settings: RuntimeSettings
    database: Database
    workers: int
    one_by_one: Callable[[Desk[Any]], OneByOne]


@dataclass(frozen=True, slots=True)
class Plan:
    """Desks with the topics that they hear, and tasks that run until they are cancelled."""

    desks: tuple[tuple[Desk[Any], tuple[str, ...]], ...]
    tasks: tuple[Task, ...] = ()


async def plan_of(service: str, place: Place) -> Plan:
    """Raises PolicyError, DatabaseAwayError."""
    return await PLANS[service](place)


async def _triage(place: Place) -> Plan:
    policy = load_policy(place.settings.policy_dir, "triage", TriagePolicy)
    return Plan(((triage.desk(Triager(policy)), ("tickets",)),))


async def _sla(place: Place) -> Plan:
    shelf = PolicyShelf("sla", load_policy(place.settings.policy_dir, "sla", SlaPolicy))
    await shelf.open(place.database)
    return Plan(((sla.clocks_desk(shelf), ("tickets", "triage", "resolution")),))


async def _notifier(place: Place) -> Plan:
    settings, database = NotifierSettings(), place.database
    rules, care_rules = notifier_policy.load(settings.policy_dir)
    await PolicyShelf("notifier", rules).open(database)
    await PolicyShelf("care", care_rules).open(database)
    bell = Bell(())
    sender = Sender(
        database=database,
        sealer=Sealer(database, settings.master_key.get_secret_value()),
        rules=rules,
        composer=Composer(rules),
        deliveries=place.one_by_one(notifier.deliveries_desk(rules, bell)),
        settings=settings,
        workers=place.workers,
    )
    desks = (
        (notifier.notices_desk(rules, bell), ("tickets", "triage", "sla", "resolution")),
        (notifier.care_desk(CarePolicies(care_rules, rules), bell), ("orders",)),
    )
    return Plan(desks, (sender.run,))


async def _evidence(place: Place) -> Plan:
    settings, database = EvidenceSettings(), place.database
    policy = load_policy(settings.policy_dir, "evidence", EvidencePolicy)
    await log.begin(database)
    store = Store(Blobs(settings.object_store), policy.segment_max_bytes)
    heard = ("orders", "tickets", "triage", "sla", "resolution", "notifications")
    signer = Signer(settings.signing_seed)
    signing = partial(sign_heads, database, signer, policy.head_interval_s)
    return Plan(((evidence.archive_desk(store, policy), heard),), (signing,))


async def _resolution(place: Place) -> Plan:
    policy = load_policy(place.settings.policy_dir, "resolution", ResolutionPolicy)
    return Plan(((resolution.desk(policy), ("orders", "tickets")),))


async def _intake(_: Place) -> Plan:
    return Plan(((intake.orders_desk(), ("orders",)), (intake.closing_desk(), ("resolution",))))


PLANS: dict[str, Callable[[Place], Coroutine[Any, Any, Plan]]] = {
    "triage": _triage,
    "sla": _sla,
    "notifier": _notifier,
    "evidence": _evidence,
    "resolution": _resolution,
    "intake": _intake,
}
