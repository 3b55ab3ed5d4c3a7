"""All faults that there are, by their code. Used by `run`, the command and the tests."""

from __future__ import annotations

from chaos import disks
from chaos.fault import Fault
from chaos.faults.away import Away, DatabaseAway
from chaos.faults.broker import BrokerFrozen, Grown
from chaos.faults.database import BackendsEnded, Exhausted, Locked
from chaos.faults.full import Full
from chaos.faults.grace import Outlasted
from chaos.faults.inside import LogClogged, LoopHeld, NumbersSkipped, WrongClock
from chaos.faults.network import LostReplies, Spoiled
from chaos.faults.offsets import Forgotten, SetBack
from chaos.faults.points import CrashPoint
from chaos.faults.providers import Ill
from chaos.faults.rules import RuleBroken
from chaos.faults.services import Frozen, Joined, Killed, Restarted
from chaos.faults.store import StoreFails
from chaos.faults.strangers import Nonsense
from devstack.layout import KAFKA, SPANS

_ALL: tuple[Fault, ...] = (
    Killed(),
    CrashPoint(),
    Frozen(),
    Outlasted(),
    Restarted(),
    Away("X6", KAFKA, 5.0),
    BrokerFrozen(),
    DatabaseAway(),
    BackendsEnded(),
    Exhausted(),
    Locked(),
    LostReplies(),
    Spoiled(),
    Joined(),
    SetBack(),
    Forgotten(),
    Grown(),
    Full(),
    Ill(),
    WrongClock(),
    LoopHeld(),
    StoreFails(),
    Nonsense(),
    RuleBroken(),
    NumbersSkipped(),
    Away("X29", SPANS, 12.0),
    LogClogged(),
)
CATALOG = {fault.code: fault for fault in _ALL}


def lacking() -> dict[str, str]:
    """Faults that this machine does not let us make, with the reason."""
    reason = disks.lacking()
    return {"X20": reason} if reason else {}
