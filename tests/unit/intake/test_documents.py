"""Intake's default policy loads; its OpenAPI document is whole and agrees with the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from runtime.policy import PolicyError, load_policy, parse_policy
from schemas.registry import BY_TYPE
from services.intake import requests
from services.intake.domain.commands import content_of
from services.intake.openapi import document
from services.intake.policy import IntakePolicy
from tests.unit.intake.tickets import box, complaint

POLICIES = Path("policies/default")


def test_the_default_policy_loads() -> None:
    policy = load_policy(POLICIES, "intake", IntakePolicy)
    assert policy.times.ahead_s == 300
    assert {"carrier", "shop_backend"} <= set(policy.sources)


def test_a_misspelt_policy_is_refused() -> None:
    good = load_policy(POLICIES, "intake", IntakePolicy).model_dump(mode="json")
    changes: list[dict[str, Any]] = [{"reopen_day": 3}, {"times": {}}, {"phone_region": "China"}]
    for change in changes:
        with pytest.raises(PolicyError):
            parse_policy("intake", {**good, **change}, IntakePolicy)


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_every_reference_of_the_document_leads_somewhere() -> None:
    told = document()
    schemas = told["components"]["schemas"]
    assert {ref.rpartition("/")[2] for ref in references(told)} <= set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


def test_every_operation_tells_its_refusals() -> None:
    for path, operations in document()["paths"].items():
        for method, told in operations.items():
            assert {"401", "413", "429", "503"} <= set(told["responses"]), (path, method)
            assert {p["name"] for p in told["parameters"]} >= {"aftercare-shop", "webhook-id"}
            assert told["summary"]


def test_the_document_lists_the_events_that_are_taken() -> None:
    event = document()["components"]["schemas"]["CloudEventRequest"]
    orders = {name for name in BY_TYPE if name.startswith("aftercare.orders.")}
    assert set(event["properties"]["type"]["enum"]) == orders


def test_the_document_is_the_same_every_time() -> None:
    assert json.dumps(document()) == json.dumps(document())


@pytest.mark.parametrize(
    "model",
    [
        requests.TicketRequest, requests.MessageRequest, requests.ReplyRequest,
        requests.CallRequest, requests.WaitRequest, requests.ResumeRequest,
        requests.PromiseRequest, requests.PlatformDeadlineRequest, requests.MergeRequest,
    ],
)  # fmt: skip
def test_the_examples_are_valid(model: type[requests.Body]) -> None:
    fields = model.model_fields
    example = {name: field.examples[0] for name, field in fields.items() if field.examples}
    model.model_validate(example)
    assert all(field.description for field in fields.values())


def test_content_leaves_out_what_differs_between_two_sendings() -> None:
    first = complaint(attempt="a", original=box("x"), sealed_for="C-1")
    second = complaint(attempt="b", original=box("y"))
    assert content_of(first) == content_of(second)
    assert first.digest == second.digest != complaint(text="other").digest
