"""The stack in a process of its own: `aftercare up` starts it, `aftercare down` ends it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from devstack.plan import Options, lost_ports
from devstack.problems import Progress, StackError, tail
from devstack.settings import ROOT, inherited_environment
from devstack.state import Mark, Phase, RunState, clear_leftovers, read_state, write_state
from devstack.supervisor import Stack
from schemas.topics import SERVICES

LOOK_EVERY_S = 0.1
START_S = 600
STOP_S = 90
START_TRIES = 5
log = logging.getLogger("devstack")


def launch(run_dir: Path, services: tuple[str, ...] = SERVICES) -> Mark:
    """Start the supervisor detached from this terminal. Raises StackError if one lives there."""
    state = read_state(run_dir)
    if state.running:
        raise StackError(
            f"a stack already runs in {run_dir}",
            "`aftercare status` shows it, `aftercare down` stops it.",
        )
    log_path = supervisor_log(run_dir)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    words = (sys.executable, "-m", "devstack.daemon")
    with log_path.open("ab") as out:
        process = subprocess.Popen(
            [*words, "--run-dir", str(run_dir.resolve()), "--services", ",".join(services)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            cwd=ROOT,
            env=inherited_environment(),
            start_new_session=True,
        )
    mark = Mark.of(process.pid)
    if mark is None:
        raise StackError(f"the supervisor ended at once:\n{tail(log_path)}", f"Log: {log_path}")
    return mark


def supervisor_log(run_dir: Path) -> Path:
    """Log of the supervisor itself."""
    return run_dir / "logs" / "supervisor.log"


def watch_start(run_dir: Path, launched: Mark) -> Iterator[str]:
    """What it does, each time that changes, until it is ready. Raises StackError if it fails."""
    shown = ""
    for _ in range(int(START_S / LOOK_EVERY_S)):
        alive = launched.alive
        state = read_state(run_dir)
        ours = state.supervisor == launched or not alive
        if ours and state.phase is Phase.READY and alive:
            return
        if not alive:
            failed = state.phase is Phase.FAILED
            why = state.message if failed else tail(supervisor_log(run_dir))
            advice = state.advice if failed else ""
            raise StackError(
                f"the stack did not start: {why}", advice or f"Log: {supervisor_log(run_dir)}"
            )
        if ours and state.message and state.message != shown:
            shown = state.message
            yield shown
        time.sleep(LOOK_EVERY_S)
    raise StackError(
        f"the stack is still starting after {START_S} s",
        f"`aftercare status` shows how far it is; its log: {supervisor_log(run_dir)}",
    )


def stop(run_dir: Path) -> list[str]:
    """End the supervisor and what is left of an earlier one; what was ended, for people to read.

    Doing it again does nothing. Raises StackError if it does not end.
    """
    state = read_state(run_dir)
    ended: list[str] = []
    if state.running and state.supervisor is not None:
        _end(state.supervisor, run_dir)
        ended.append(f"supervisor {state.supervisor.pid}")
        state = read_state(run_dir)
    names = clear_leftovers(state)
    if names or state.phase not in {Phase.STOPPED, Phase.FAILED}:
        _note_stopped(run_dir, state)
    return ended + names


def _end(supervisor: Mark, run_dir: Path) -> None:
    with suppress(ProcessLookupError):
        os.kill(supervisor.pid, signal.SIGTERM)
    for _ in range(int(STOP_S / LOOK_EVERY_S)):
        if not supervisor.alive:
            return
        time.sleep(LOOK_EVERY_S)
    raise StackError(
        f"the supervisor ({supervisor.pid}) did not end within {STOP_S} s",
        f"See {supervisor_log(run_dir)}; kill {supervisor.pid}, then `aftercare down`.",
    )


def _note_stopped(run_dir: Path, state: RunState) -> None:
    state.phase, state.supervisor, state.message = Phase.STOPPED, None, ""
    for part in state.parts:
        part.state, part.mark = "stopped", None
    write_state(run_dir, state)


async def serve(run_dir: Path, options: Options) -> None:
    """Keep the stack until SIGTERM or SIGINT, then stop it in order."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, told.set)
    start = asyncio.create_task(
        started(run_dir, options, lambda part, doing: log.info("%s: %s", part, doing))
    )
    told_first = asyncio.create_task(told.wait())
    await asyncio.wait({start, told_first}, return_when=asyncio.FIRST_COMPLETED)
    if not start.done():
        start.cancel()
        with suppress(asyncio.CancelledError):
            await start
        return
    stack = await start
    await told_first
    await stack.stop()


async def started(run_dir: Path, options: Options, progress: Progress) -> Stack:
    """A stack that is ready.

    Where somebody else took one of its ports after it was chosen, it begins again with another
    one, a few times. Raises StackError.
    """
    tries = 1
    while True:
        stack = Stack(run_dir, options, progress)
        try:
            await stack.start()
        except StackError as error:
            lost = lost_ports(stack.ports)
            if not lost or tries == START_TRIES:
                raise
            log.warning("taken meanwhile: %s; again with others (%s)", lost, error.message)
        else:
            return stack
        tries += 1


def main() -> None:
    """Run until told to end; exit code 1 if the stack can't start."""
    words = argparse.ArgumentParser(prog="devstack.daemon", description=__doc__)
    words.add_argument("--run-dir", type=Path, required=True, help="data, logs and state")
    words.add_argument("--services", default=",".join(SERVICES), help="separated by commas")
    chosen = words.parse_args()
    services = tuple(name for name in chosen.services.split(",") if name)
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    log.info("supervisor %s begins in %s", os.getpid(), chosen.run_dir)
    try:
        asyncio.run(serve(chosen.run_dir, Options(services=services)))
    except StackError as error:
        log.error("%s\n%s", error.message, error.advice)
        sys.exit(1)


if __name__ == "__main__":
    main()
