"""Prometheus' own tool reads our files and plays bad and good days through the alerts."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.compose import ROOT

HERE = Path(__file__).parent
PLACE = "/etc/prometheus/"


def promtool(*words: str) -> None:
    if shutil.which("promtool") is None:
        pytest.skip("no promtool (Debian: apt-get install prometheus)")
    done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_is_one(tmp_path: Path) -> None:
    for name in ("prometheus.yml", "rules.yml"):
        text = (ROOT / "deploy/prometheus" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(PLACE, f"{tmp_path}/"), encoding="utf-8")
    promtool("check", "config", str(tmp_path / "prometheus.yml"))


def test_alerts_fire_for_their_cause_and_only_then() -> None:
    promtool("test", "rules", str(HERE / "alerts.yml"))
