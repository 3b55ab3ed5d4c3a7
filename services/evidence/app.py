"""Puts evidence together: two desks, the head keeper and the file checker. Run by `__main__`."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.batch import Applier
from runtime.case import Desk
from runtime.gate import Gate
from runtime.policy import PolicyShelf, load_policy
from runtime.service import Service
from runtime.telemetry import Telemetry
from schemas.topics import in_all_lanes
from services.evidence import log
from services.evidence.blobs import Blobs
from services.evidence.domain import rules
from services.evidence.domain.dossier import CoveredByHead, Dossier
from services.evidence.domain.keys import case_key
from services.evidence.file_checker import FileChecker
from services.evidence.head_keeper import HeadKeeper
from services.evidence.policy import EvidencePolicy
from services.evidence.settings import EvidenceSettings
from services.evidence.signing import Signer
from services.evidence.store import Store, load_nothing, save_nothing

TOPICS = ("orders", "tickets", "triage", "clusters", "sla", "resolution", "notifications")
"""Both lanes are heard by one pump: nobody waits for the archive."""


def archive_desk(store: Store, policy: EvidencePolicy) -> Desk[Dossier]:
    """Archives what comes over Kafka, and the files that were found."""
    return Desk(
        name="archive",
        rules=rules.RULES,
        load=store.load,
        save=store.save,
        policy=policy,
        key_of=case_key,
    )


def announcing_desk(policy: EvidencePolicy) -> Desk[None]:
    """Publishes what the head keeper found, once."""
    return Desk(
        name="announcements",
        rules={CoveredByHead: rules.announce},
        load=load_nothing,
        save=save_nothing,
        policy=policy,
        key_of=case_key,
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The service with its own parts."""

    service: Service
    archive: Applier
    files: Gate
    keeper: HeadKeeper
    checker: FileChecker


async def assemble(service: Service, settings: EvidenceSettings) -> Evidence:
    """Desks, gates and parts around an opened service; nothing is subscribed or started."""
    policy = PolicyShelf("evidence", load_policy(settings.policy_dir, "evidence", EvidencePolicy))
    await policy.open(service.database)
    await log.begin(service.database)
    current = policy.current
    blobs = Blobs(settings.object_store)
    archive = service.applier(archive_desk(Store(blobs, current.segment_max_bytes), current))
    files = service.gate(archive)
    announcements = service.applier(announcing_desk(current))
    keeper = HeadKeeper(
        service.instance,
        service.database,
        Signer(settings.signing_seed),
        announcements,
        current,
        service.health,
    )
    checker = FileChecker(service.database, blobs, files, current.file_max_bytes, service.health)
    return Evidence(service, archive, files, keeper, checker)


async def build(settings: EvidenceSettings, telemetry: Telemetry | None = None) -> Service:
    """The service, not started yet."""
    service = await Service.open("evidence", settings, automatic=True, telemetry=telemetry)
    parts = await assemble(service, settings)
    pump = service.pump(parts.archive)
    gathering = {
        "fetch_max_wait_ms": settings.evidence_gather_ms,
        "fetch_min_bytes": settings.evidence_gather_bytes,
    }
    options = {**pump.options, **gathering}
    pump.attach(service.broker.subscriber(*in_all_lanes(TOPICS), **options))
    service.ticker(parts.archive)
    service.add(parts.keeper)
    service.add(parts.checker)
    return service
