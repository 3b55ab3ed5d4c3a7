"""What the simulator sends is what the contract and intake's mappings read."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from devstack.settings import ROOT
from schemas.orders import OrderPlaced
from schemas.registry import read_event
from schemas.values import Contact
from simulator.wire import body_of, headers_of, record_of
from simulator.world import Fact, World


def facts(world: World, feed: str) -> list[Fact]:
    return [fact for fact in world.facts if fact.feed == feed]


def test_every_record_is_readable(small: World) -> None:
    for fact in facts(small, "kafka"):
        contact = Contact(region="x") if isinstance(fact.payload, OrderPlaced) else None
        event = read_event(
            record_of(fact, contact), dict(headers_of(fact.payload))["ce_type"].decode()
        )
        assert event.id == fact.event_id
        assert event.shopid == fact.shop
        if contact is None:
            assert event.data == fact.payload
        else:
            assert event.data.contact == contact


def test_no_person_is_in_a_record(small: World) -> None:
    persons = [order.person for order in small.orders]
    for fact in facts(small, "kafka"):
        text = record_of(fact, None).decode()
        assert not any(p.phone in text or p.address in text for p in persons[:50])


def test_plain_bodies_have_the_fields_that_intake_maps(world: World) -> None:
    policy = yaml.safe_load((Path(ROOT) / "policies/default/intake.yaml").read_text("utf-8"))
    for feed in ("shop_backend", "carrier"):
        mapping = policy["sources"][feed]
        for fact in facts(world, feed):
            source, media_type, body = body_of(fact)
            assert (source, media_type) == (feed, "application/json")
            assert body[mapping["id_path"]] == str(fact.event_id)
            rule = mapping["types"][body[mapping["type_path"]]]
            assert rule["event"] == type(fact.payload).__name__
            for name, field in rule["fields"].items():
                found = at(body, field["path"]) if "path" in field else field["value"]
                if name in ("order_id", "parcel_id", "lines", "paid_fen", "refunded_fen"):
                    assert found, name
                if "words" in field:
                    assert found in field["words"]


def at(body: object, path: str) -> object:
    for part in path.split("."):
        body = body.get(part) if isinstance(body, dict) else None
    return body


def test_recordings_are_cloud_events(small: World) -> None:
    live = facts(small, "stream_recorder")
    assert live
    for fact in live:
        source, media_type, body = body_of(fact)
        assert source == "stream_recorder"
        assert media_type == "application/cloudevents+json"
        assert json.loads(json.dumps(body))["type"] == "aftercare.orders.StreamSegmentRecorded"
