"""Puts messages to customers together for calls that carry several. Pure; called by the SMS
lane."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from services.notifier.channels.channel import Outgoing
from services.notifier.channels.sms_text import wire_phone
from services.notifier.domain.notice import URGENT
from services.notifier.ledger import Letter

Piece = tuple[Letter, Outgoing]


def packs(pieces: Sequence[Piece], most: int) -> list[list[Piece]]:
    """One list for each call, most urgent first.

    An urgent message goes alone, as the provider takes its time over many; so does one that was
    tried before, as it may be what spoilt the call. The rest go together by template, at most
    `most`, and no two to the same phone: phone and call name the message.
    """
    alone: list[list[Piece]] = []
    together: defaultdict[tuple[str, int], list[Piece]] = defaultdict(list)
    to_phone: Counter[tuple[str, str]] = Counter()
    for letter, message in pieces:
        if letter.priority == URGENT or letter.tries > 1 or most == 1:
            alone.append([(letter, message)])
            continue
        code = message.template_code
        place = code, wire_phone(message.recipient)
        together[code, to_phone[place]].append((letter, message))
        to_phone[place] += 1
    alone.sort(key=_urgency)
    for group in together.values():
        alone += [group[start : start + most] for start in range(0, len(group), most)]
    return alone


def _urgency(pack: list[Piece]) -> int:
    return pack[0][0].priority
