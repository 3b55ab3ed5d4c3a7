"""`aftercare docs export`: what it writes, removes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import docs


def test_export_writes_what_is_missing_and_removes_what_is_no_event(tmp_path: Path) -> None:
    catalog_folder = tmp_path / docs.CATALOG
    texts = docs.texts()
    docs.write(tmp_path, docs.stale(tmp_path, texts), texts)
    (catalog_folder / "Forgotten.v1.json").write_text("{}")
    (catalog_folder / "Resolved.v1.json").write_text("{}")
    wrong = [f"{docs.CATALOG}/Forgotten.v1.json", f"{docs.CATALOG}/Resolved.v1.json"]
    assert docs.stale(tmp_path, texts) == wrong
    docs.write(tmp_path, wrong, texts)
    assert docs.stale(tmp_path, texts) == []
    assert not (catalog_folder / "Forgotten.v1.json").exists()


def test_check_names_stale_files_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    run = CliRunner()
    refused = run.invoke(docs.app, ["export", "--check"])
    assert refused.exit_code == 1
    assert "docs/asyncapi.json is out of date" in refused.output
    assert docs.COMMAND in refused.output
    assert not (tmp_path / "docs").exists()
    assert run.invoke(docs.app, ["export"]).exit_code == 0
    assert run.invoke(docs.app, ["export", "--check"]).exit_code == 0
