"""Policies and accounts that don't hold together are refused, by name of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from devstack.standins.accounts import Accounts as StandinAccounts
from devstack.standins.channel_accounts import channel_accounts
from runtime.policy import PolicyError, parse_policy
from services.notifier.accounts import Accounts, AccountsError
from services.notifier.channels.transport import Transport
from services.notifier.domain.care_policy import CarePolicies, misfits
from services.notifier.policy import NotifierPolicy
from tests.support.notifier_story import (
    POLICIES,
    care_policy,
    content_of,
    default_policies,
    notifier_policy,
)


def rule(**changes: Any) -> dict[str, Any]:
    """A sound rule, changed."""
    return {"rule": "r", "event": "Triaged", "to": "urgent", "template": "call_task", **changes}


@pytest.mark.parametrize(
    ("part", "content", "complaint"),
    [
        ("rules", [rule(), rule()], "comes twice"),
        ("rules", [rule(to="nobody")], "nobody is no group"),
        ("rules", [rule(template="none")], "none is not defined"),
        ("rules", [rule(to="customer")], "needs a code"),
        ("rules", [rule(when={"mood": ["x"]})], "mood"),
        ("rules", [rule(when={"level": ["L9"]})], "level"),
        ("level_groups", {"L1": "urgent", "L2": "regular"}, "L3 has no group"),
        ("customer_channels", ["urgent_robot"], "does not reach customers"),
        ("customer_channels", ["post"], "post is not defined"),
        ("customer_hours", {"opens": "21:00", "closes": "09:00"}, "open before"),
        ("zones", {"default": "Nowhere"}, "no time zone"),
        ("groups", {"urgent": {"channels": ["sms"]}}, "does not reach a group"),
        ("extra", 1, "extra"),
    ],
)
def test_a_policy_that_does_not_hold_together(part: str, content: Any, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        notifier_policy(**{part: content})


def test_care_must_fit_the_ways_out() -> None:
    high = content_of("care", "high_value") | {"group": "nobody", "template": "none"}
    found = list(misfits(CarePolicies(care_policy(high_value=high), default_policies().notifier)))
    assert len(found) == 2
    assert not list(misfits(default_policies()))


def test_an_unknown_fact_fits_no_condition() -> None:
    warned = next(r for r in default_policies().notifier.rules if r.rule == "warned")
    assert not warned.when.fits({})
    assert warned.when.fits({"level": "L2", "threshold": "p90", "other": 1})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.json"
    content = channel_accounts(StandinAccounts.fresh(), "http://127.0.0.1:1")
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_accounts_and_policy_fit(file: Path) -> None:
    accounts = Accounts.load(file)
    accounts.check(default_policies().notifier)
    channels = accounts.open(Transport(), default_policies().notifier)
    assert set(channels) == set(default_policies().notifier.channels)


def test_accounts_never_show_their_secrets(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    secret = content["channels"]["sms"]["key_secret"]
    assert secret not in repr(Accounts.load(file))
    content["channels"]["sms"] |= {"key_secret": secret, "base_url": "not an address"}
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(AccountsError, match="base_url") as caught:
        Accounts.load(file)
    assert secret not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"report_secret": "short", "channels": {}}'])
def test_a_file_that_is_none_is_refused(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(AccountsError):
        Accounts.load(file)


def test_a_channel_without_its_account_is_refused(file: Path) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    del content["channels"]["legal_robot"]
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(PolicyError, match="legal_robot has no account"):
        Accounts.load(file).check(default_policies().notifier)
    content["channels"]["legal_robot"] = content["channels"]["urgent_robot"]
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(PolicyError, match="is wecom, its account dingtalk"):
        Accounts.load(file).check(default_policies().notifier)


def _escalation(**changes: Any) -> dict[str, Any]:
    """The section that ships; `L1` replaces the steps of the urgent ladder."""
    section = content_of("notifier", "escalation")
    if "L1" in changes:
        section["levels"]["L1"]["steps"] = changes.pop("L1")
    return {**section, **changes}


def _step(**changes: Any) -> dict[str, Any]:
    return {"role": "lead", "after_s": 0, "people": ["urgent_lead"], **changes}


HOURS = {"zone": "Asia/Shanghai", "opens": "09:00", "closes": "18:00"}
WAY = {"channel": "regular_robot", "account": "a"}


@pytest.mark.parametrize(
    ("section", "complaint"),
    [
        (_escalation(L1=[_step(people=[])]), r"L1 step 1 \(lead\) has no people"),
        (_escalation(L1=[_step(), _step(people=["shop_owner"])]), "after_s 0 does not rise"),
        (_escalation(L1=[_step(after_s=9)]), "the first step is told at once"),
        (_escalation(L1=[_step(people=["nobody"])]), "nobody is nobody"),
        (_escalation(L1=[_step(), _step(after_s=9)]), "urgent_lead would be told 2 times"),
        (_escalation(L1=[_step(hours="never")]), "hours never are not defined"),
        (_escalation(L1=[_step(role="boss")]), "role"),
        (_escalation(hours={"service": {**HOURS, "closes": "09:00"}}), "hours are empty"),
        (_escalation(hours={"service": {**HOURS, "days": []}}), "hours are empty"),
        (_escalation(hours={"service": {**HOURS, "zone": "Mars"}}), "Mars is no time zone"),
        (_escalation(people={"a": {"name": "a", "ways": [WAY | {"channel": "fax"}]}}),
         "person a: channel fax is not defined"),
        (_escalation(people={"a": {"name": "a", "ways": [WAY | {"channel": "sms"}]}}),
         "person a: channel sms does not reach people"),
        (_escalation(people={"a": {"name": "a", "phone": "1", "ways": [WAY]}}), "phone"),
    ],
)  # fmt: skip
def test_a_ladder_that_does_not_hold_together(section: dict[str, Any], complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        notifier_policy(escalation=section)


def test_a_version_from_before_there_were_ladders_tells_nobody() -> None:
    content = yaml.safe_load((POLICIES / "notifier.yaml").read_text(encoding="utf-8"))
    del content["escalation"], content["templates"]["escalation"]
    old = parse_policy("notifier", content, NotifierPolicy)
    assert not old.escalation.begins("L1", "first_contact", None)
    assert old.lanes == old.channels
