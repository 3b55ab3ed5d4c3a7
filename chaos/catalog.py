"""All faults that there are, by their code. Used by `run`, the command and the tests."""

from __future__ import annotations

from chaos.fault import Fault
from chaos.faults.around import CollectorDead, Nonsense
from chaos.faults.broker import BrokerFrozen, BrokerKilled, SetBack
from chaos.faults.database import BackendsEnded, Exhausted, Locked, ServerKilled
from chaos.faults.network import LostReplies, Spoiled
from chaos.faults.services import Frozen, Joined, Killed, Restarted

_ALL: tuple[Fault, ...] = (
    Killed(),
    Frozen(),
    Restarted(),
    BrokerKilled(),
    BrokerFrozen(),
    ServerKilled(),
    BackendsEnded(),
    Exhausted(),
    Locked(),
    LostReplies(),
    Spoiled(),
    Joined(),
    SetBack(),
    Nonsense(),
    CollectorDead(),
)
CATALOG = {fault.code: fault for fault in _ALL}
