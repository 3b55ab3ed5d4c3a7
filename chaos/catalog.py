"""All faults that there are, by their code. Used by `run`, the command and the tests."""

from __future__ import annotations

from chaos.fault import Fault
from chaos.faults.away import Away
from chaos.faults.broker import BrokerFrozen, SetBack
from chaos.faults.database import BackendsEnded, Exhausted, Locked
from chaos.faults.network import LostReplies, Spoiled
from chaos.faults.services import Frozen, Joined, Killed, Restarted
from chaos.faults.strangers import Nonsense
from devstack.layout import KAFKA, POSTGRES, SPANS

_ALL: tuple[Fault, ...] = (
    Killed(),
    Frozen(),
    Restarted(),
    Away("X6", KAFKA, 5.0),
    BrokerFrozen(),
    Away("X9", POSTGRES, 10.0),
    BackendsEnded(),
    Exhausted(),
    Locked(),
    LostReplies(),
    Spoiled(),
    Joined(),
    SetBack(),
    Nonsense(),
    Away("X29", SPANS, 12.0),
)
CATALOG = {fault.code: fault for fault in _ALL}
