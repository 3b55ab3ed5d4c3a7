"""Keeps state.json in step with what the supervisor does. Called by the supervisor only."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from devstack.keeper import Keeper
from devstack.problems import Progress, StackError
from devstack.state import Keys, Mark, PartState, Phase, RunState, write_state


class Record:
    """The state of one run folder while its stack runs; each change is written at once."""

    def __init__(self, run_dir: Path, state: RunState, progress: Progress) -> None:
        self.state = state
        self.keepers: dict[str, Keeper] = {}
        self._run_dir = run_dir
        self._progress = progress

    @property
    def keys(self) -> Keys:
        """Secrets of this run folder. Raises StackError before the first start."""
        if self.state.keys is None:
            raise StackError("the stack has not been started", "Start it first.")
        return self.state.keys

    def tell(self, part: str, doing: str) -> None:
        """Progress of one part."""
        self.state.message = f"{part}: {doing}"
        self.note()
        self._progress(part, doing)

    def enter(self, phase: Phase, message: str = "") -> None:
        """A phase of the whole stack."""
        self.state.phase = phase
        self.state.message = message
        if phase is Phase.STOPPED:
            self.state.supervisor = None
        self.note()
        self._progress("stack", message or phase.value)

    def fail(self, error: BaseException) -> None:
        """The start did not succeed; everything has been stopped."""
        if isinstance(error, StackError):
            self.state.message, self.state.advice = error.message, error.advice
        else:
            self.state.message, self.state.advice = f"{type(error).__name__}: {error}", ""
        self.state.phase, self.state.supervisor = Phase.FAILED, None
        self.note()

    def note(self) -> None:
        """Write down how the parts are."""
        self.state.parts = list(self._parts(self.keepers.values()))
        write_state(self._run_dir, self.state)

    def _parts(self, keepers: Iterable[Keeper]) -> Iterable[PartState]:
        for keeper in keepers:
            pid, name = keeper.part.pid, keeper.name
            ports = self.state.ports.items()
            yield PartState(
                name=name,
                state=keeper.state,
                mark=None if pid is None else Mark.of(pid),
                ports={n: p for n, p in ports if n == name or n.startswith(f"{name}.")},
                restarts=keeper.restarts,
                log=str(keeper.part.log_path),
            )
