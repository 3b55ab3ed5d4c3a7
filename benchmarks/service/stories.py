"""Complaints of the simulator with sealed contact data, as measured messages tell them.
Called by `run`."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.service.events import Story
from cli.demo.options import ORIGIN_AT
from devstack.layout import DEMO_SHOP
from runtime.database import Database
from runtime.sealed import Sealer
from schemas.persons import ADDRESS, NAME, PHONE
from schemas.values import Contact
from simulator.plan import Plan
from simulator.world import build_world

STORIES = 500


async def stories_of(variables: Mapping[str, str]) -> list[Story]:
    """Some hundred complaints of one seed. Their persons' keys are in the keyring that the
    variables of a service lead to."""
    plan = Plan(ORIGIN_AT, (DEMO_SHOP,), orders=STORIES * 4, tickets=STORIES)
    complaints = build_world(plan).complaints[:STORIES]
    database = await Database.connect(variables["AFTERCARE_DATABASE_URL"], name="bench", pool=2)
    try:
        sealer = Sealer(database, variables["AFTERCARE_MASTER_KEY"])
        secrets = [
            (each.person.customer_id, field, text)
            for each in complaints
            for field, text in (
                (NAME, each.person.name), (PHONE, each.person.phone), (ADDRESS, each.person.address)
            )
        ]  # fmt: skip
        boxes = await sealer.seal_many(DEMO_SHOP, secrets)
    finally:
        await database.close()
    return [
        Story(
            complaint,
            Contact(
                name=boxes[at * 3],
                phone=boxes[at * 3 + 1],
                address=boxes[at * 3 + 2],
                region=complaint.person.region,
            ),
        )
        for at, complaint in enumerate(complaints)
    ]
