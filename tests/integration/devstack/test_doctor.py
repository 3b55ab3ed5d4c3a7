"""What `status` and `doctor` say of a stack that is up, and of a folder that can't be one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from devstack.doctor import complaints
from devstack.ports import HOST, free_port
from devstack.settings import ROOT
from devstack.state import Mark, PartState, Phase, RunState
from tests.support.bus import LONG_S


@contextmanager
def health(said: dict[str, str]) -> Iterator[int]:
    """A port where `/readyz` answers as a service's does."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"ready": not said, "complaints": said}).encode()
            self.send_response(503 if said else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 - as above
            """Say nothing."""

    server = HTTPServer((HOST, 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def up(ports: dict[str, int], phase: Phase = Phase.READY) -> RunState:
    parts = [
        PartState(name=name, state="ready", ports={f"{name}.health": port})
        for name, port in ports.items()
    ]
    return RunState(phase=phase, supervisor=Mark.of(os.getpid()), parts=parts)


def test_what_services_complain_of_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devstack.doctor.ANSWER_S", LONG_S)
    gone = free_port()
    with health({}) as calm, health({"pump clocks": "LineStopped: the limit"}) as stopped:
        ports = {"triage": calm, "sla": stopped, "intake": gone}
        found = complaints(up(ports))
        early = complaints(up(ports, Phase.STARTING))

    assert found == {
        "sla": ["pump clocks: LineStopped: the limit"],
        "intake": ["does not answer (ConnectionRefusedError)"],
    }
    assert early == {}
    assert complaints(RunState(phase=Phase.READY)) == {}


def test_a_run_folder_that_is_a_file_is_said_in_one_line(run_dir: Path) -> None:
    (run_dir / "file").touch()
    for words in ("up", "status", "doctor", "down"):
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", words, "--run-dir", str(run_dir / "file")],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 1, words
        assert "Not a directory" in done.stdout + done.stderr, words
        assert "Traceback" not in done.stderr, words
