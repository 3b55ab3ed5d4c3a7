"""`aftercare triage classify` as a process."""

from __future__ import annotations

import json
import subprocess
import sys


def test_the_command_needs_no_variables_and_speaks_through_pipes() -> None:
    lines = b'{"id": 1, "text": "\xe9\x80\x80\xe8\xb4\xa7"}\nno\n'
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "triage", "classify", "--input", "-", "--output", "-"],
        input=lines,
        capture_output=True,
        env={},
        check=False,
    )
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1, None]
    assert done.returncode == 1
    assert b"1 of 2 lines" in done.stderr
