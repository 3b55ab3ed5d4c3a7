"""Takes orders for a puppet: one line of JSON each, on a socket of its own, in threads beside the
service. Started by `__main__`.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Thread
from typing import Any

Answer = Mapping[str, Any]
Say = Callable[[Answer], None]
"""Sends a line to whoever gave the order, also later."""
Act = Callable[..., Answer]
"""Does an order: `act(say, **how)`; it may take its time."""


def place_of(controls: Path, service: str, pid: int) -> Path:
    """Where the puppet of that process listens."""
    return controls / f"{service}.{pid}"


def listen(at: Path, acts: Mapping[str, Act]) -> None:
    """Take orders from now on. Raises OSError when nothing can listen there."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(at))
    door.listen()
    Thread(target=_answer_all, args=(door, acts), name="puppet", daemon=True).start()


def _answer_all(door: socket.socket, acts: Mapping[str, Act]) -> None:
    while True:
        line, _ = door.accept()
        Thread(target=_answer, args=(line, acts), name="puppet", daemon=True).start()


def _answer(line: socket.socket, acts: Mapping[str, Act]) -> None:
    """Order by order, until the other end hangs up."""

    def say(answer: Answer) -> None:
        line.sendall(json.dumps(answer).encode() + b"\n")

    with line, line.makefile("r", encoding="utf-8") as orders:
        for order in orders:
            how = json.loads(order)
            try:
                answer = acts[how.pop("act")](say, **how)
            except Exception as error:  # noqa: BLE001  told to whoever gave the order
                answer = {"failed": f"{type(error).__name__}: {error}"}
            say(answer)
