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
URGENT_MOST = 4
"""Urgent messages in one call: the provider takes its time over many."""


def packs(pieces: Sequence[Piece], most: int) -> list[list[Piece]]:
    """One list for each call, most urgent first.

    One that was tried before goes alone, as it may be what spoilt the call. The rest go together
    by template, at most `most`, of urgent ones a few, and no two to the same phone: phone and call
    name the message.
    """
    found: list[list[Piece]] = []
    together: defaultdict[tuple[bool, str, int], list[Piece]] = defaultdict(list)
    to_phone: Counter[tuple[bool, str, str]] = Counter()
    for letter, message in pieces:
        if letter.tries > 1 or most == 1:
            found.append([(letter, message)])
            continue
        urgent, code = letter.priority == URGENT, message.template_code
        place = urgent, code, wire_phone(message.recipient)
        together[urgent, code, to_phone[place]].append((letter, message))
        to_phone[place] += 1
    for (urgent, _, _), group in together.items():
        size = min(most, URGENT_MOST) if urgent else most
        found += [group[start : start + size] for start in range(0, len(group), size)]
    found.sort(key=_urgency)
    return found


def _urgency(pack: list[Piece]) -> int:
    return pack[0][0].priority
