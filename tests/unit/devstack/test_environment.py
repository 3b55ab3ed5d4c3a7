"""What a service is told when it starts."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devstack.environment import (
    ScaledClock,
    Surroundings,
    variables_of,
    with_account,
    write_shop_secrets,
)
from devstack.layout import ServicePorts, known
from devstack.state import Keys

ORIGIN = datetime(2026, 11, 11, 12, tzinfo=UTC)


@pytest.fixture
def around(tmp_path: Path) -> Surroundings:
    return Surroundings(
        run_dir=tmp_path,
        kafka_bootstrap="127.0.0.1:19092",
        database_url="postgresql://postgres:top@127.0.0.1:5555/aftercare?sslmode=disable",
        keys=Keys.made(["sla", "intake"]),
        policy_dir=tmp_path / "policies",
        standins_port=1,
        spans_port=2,
        clock=ScaledClock(60.0, ORIGIN, ORIGIN),
        extra={"*": {"AFTERCARE_LOG_LEVEL": "DEBUG"}, "sla": {"AFTERCARE_POLL_MS": "5"}},
    )


def test_a_service_gets_its_own_role_and_password(around: Surroundings) -> None:
    variables = variables_of("sla", ServicePorts(7001, None), around)

    password = around.keys.passwords["sla"]
    assert variables["AFTERCARE_DATABASE_URL"] == (
        f"postgresql://aftercare_sla:{password}@127.0.0.1:5555/aftercare?sslmode=disable"
    )
    assert "top" not in json.dumps(variables)
    assert variables["AFTERCARE_HEALTH_PORT"] == "7001"
    assert "AFTERCARE_API_PORT" not in variables


def test_a_scaled_clock_is_the_same_for_all(around: Surroundings) -> None:
    variables = variables_of("intake", ServicePorts(7001, 7002), around)

    assert variables["AFTERCARE_API_PORT"] == "7002"
    assert variables["AFTERCARE_TIME_SCALE"] == "60.0"
    assert variables["AFTERCARE_TIME_ORIGIN"] == variables["AFTERCARE_TIME_STARTED_AT"]
    assert datetime.fromisoformat(variables["AFTERCARE_TIME_ORIGIN"]) == ORIGIN


def test_extra_variables_win_for_all_and_for_one(around: Surroundings) -> None:
    sla = variables_of("sla", ServicePorts(7001, None), around)
    intake = variables_of("intake", ServicePorts(7003, 7004), around)

    assert (sla["AFTERCARE_LOG_LEVEL"], sla["AFTERCARE_POLL_MS"]) == ("DEBUG", "5")
    assert intake["AFTERCARE_LOG_LEVEL"] == "DEBUG"
    assert "AFTERCARE_POLL_MS" not in intake


def test_an_account_is_put_in_where_there_was_none() -> None:
    assert (
        with_account("postgresql://db:5432/x", "r", "p@/ss") == "postgresql://r:p%40%2Fss@db:5432/x"
    )


def test_shop_secrets_are_for_their_owner_only(around: Surroundings, tmp_path: Path) -> None:
    write_shop_secrets(around.keys, tmp_path / "secrets.json")

    path = tmp_path / "secrets.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {
        shop: [{"secret": secret}] for shop, secret in around.keys.shops.items()
    }


def test_services_start_in_a_fixed_order_and_must_exist() -> None:
    assert known(("sla", "intake")) == ("intake", "sla")
    with pytest.raises(ValueError, match="billing"):
        known(("sla", "billing"))
