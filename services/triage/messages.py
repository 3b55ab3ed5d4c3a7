"""What `classify` takes in: one line with a message and what is known of its order.

Checked here, and turned into the same ticket that the live service reads.
"""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from typing import Annotated, Any, NoReturn, TypeVar

from jiter import from_json
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    PlainValidator,
    ValidationError,
)

from schemas.tickets import TicketOpened
from schemas.values import Fen, Flag, FreeText, Gift, Instant, OrderLine, OrderSnapshot, Value

LONGEST_TEXT = 20_000
UNNAMED_OCCASION = "gift"
V = TypeVar("V", bound=BaseModel)
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef"
)
_shown = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f{_INVISIBLE}]").search
"""The first character that anybody would see."""
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair: what is left where a text was cut inside a character."""
_IN_PLAIN_WORDS = {"model_type": "must be an object", "missing": "must be there"}
"""Of pydantic's reasons those that name a class of ours, or nothing that a caller wrote."""


class BadLineError(Exception):
    """A line is no message. `known_id`: its id where that could be read; the text names fields
    and reasons, never what a customer wrote."""

    def __init__(self, reason: str, known_id: str | int | None = None) -> None:
        super().__init__(reason)
        self.known_id = known_id


class _Pairs(dict[str, Any]):
    """An object of a line that was read slowly. `twice`: one of its keys stands twice."""

    twice = False


def _an_id(given: object) -> str | int:
    known = _known(given)
    if known is None:
        raise ValueError("must be a text or a whole number")
    return known


def _a_gift(given: object) -> object:
    if isinstance(given, bool):
        return {} if given else None
    if given is None or isinstance(given, dict | PresentGiven):
        return given
    raise ValueError("must be true, false, or an object with occasion and needed_by")


def _not_blank(text: str) -> str:
    if is_blank(text):
        raise ValueError("must not be empty")
    return text


def is_blank(text: str) -> bool:
    """Nothing in it can be seen: blanks of any script, marks without width, controls."""
    return not _shown(text)


def is_blank_line(line: bytes) -> bool:
    """A line that is no message, and no mistake either."""
    if line.startswith(b"{"):  # nearly all of them
        return False
    try:
        return is_blank(line.decode())
    except UnicodeDecodeError:
        return False


class PresentGiven(Value):
    """The order is a present; without a day of its own the promised one counts."""

    occasion: str | None = Field(
        default=None, min_length=1, max_length=200, description="What it is for."
    )
    needed_by: Instant | None = Field(default=None, description="Too late after it (UTC).")


class OrderGiven(Value):
    """What is known of the order; all of it may be absent."""

    value_fen: Fen | None = Field(default=None, description="Paid for the whole order, fen.")
    gift: Annotated[PresentGiven | None, BeforeValidator(_a_gift)] = Field(
        default=None, description="True, false, or occasion and day."
    )
    custom_made: Flag | None = Field(default=None, description="Made to order.")
    opened: Flag | None = Field(default=None, description="The goods were opened or used.")
    promised_at: Instant | None = Field(default=None, description="Promised delivery (UTC).")
    received_at: Instant | None = Field(default=None, description="When it arrived (UTC).")


class Message(Value):
    """One line of the input. Fields that are not named here are passed over."""

    id: Annotated[str | int, PlainValidator(_an_id)] = Field(description="Given back as it is.")
    text: Annotated[FreeText, AfterValidator(_not_blank)] = Field(
        max_length=LONGEST_TEXT, description="What the customer wrote."
    )
    channel: str | None = Field(default=None, description="Where; decides nothing.")
    order: OrderGiven | None = Field(default=None, description="What is known of the order.")
    at: Instant | None = Field(default=None, description="When the customer wrote (UTC).")


def message_of(line: bytes) -> Message:
    """Read one line. Raises BadLineError."""
    try:
        content = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        content = _slowly(line, error)
    if not isinstance(content, dict):
        raise BadLineError("the line is no JSON object")
    try:
        return Message.model_validate(content)
    except ValidationError as error:
        raise BadLineError(_reasons(error), _known(content.get("id"))) from error


def ticket_of(message: Message, now: datetime) -> TicketOpened:
    """The ticket that the live service would have read. Unknown stays unknown.

    Without `at` a present is looked at on its day, everything else now.
    """
    order = message.order or OrderGiven()
    gift = _gift(order)
    written_at = message.at or (gift and gift.needed_by) or now
    known = {
        "text": message.text,
        "opened_at": written_at,
        "opened_goods": order.opened,
        "order": None if message.order is None else _snapshot(order, gift),
    }
    return _NOTHING_KNOWN.model_copy(update=known)


def _unchecked(model: type[V], **known: Any) -> V:
    """A value of what is known; that was checked, and what is left out decides nothing."""
    return model.model_construct(**known)


_NOTHING_KNOWN = _unchecked(TicketOpened, ticket_id="message", text="")


def _gift(order: OrderGiven) -> Gift | None:
    if order.gift is None:
        return None
    needed_by = order.gift.needed_by or order.promised_at
    return _unchecked(Gift, occasion=order.gift.occasion or UNNAMED_OCCASION, needed_by=needed_by)


def _snapshot(order: OrderGiven, gift: Gift | None) -> OrderSnapshot:
    line = _unchecked(OrderLine, line_id="line", custom_made=bool(order.custom_made))
    return _unchecked(
        OrderSnapshot,
        paid_fen=order.value_fen,
        lines=(line,),
        gift=gift,
        promised_delivery_at=order.promised_at,
        received_at=order.received_at,
    )


def _slowly(line: bytes, refused: ValueError) -> Any:
    """What the fast reader refuses, though a message can be made of it: an editor's mark before
    it, half a character in the text, keys that stand twice or endless numbers where nobody looks.
    Raises BadLineError."""
    try:
        content = json.loads(
            line.decode("utf-8-sig"),
            object_pairs_hook=_pairs,
            parse_int=_whole_number,
            parse_constant=_no_number,
        )
    except UnicodeDecodeError as error:
        raise BadLineError(f"the line is no UTF-8: byte {error.start + 1}") from error
    except (ValueError, RecursionError) as error:
        raise BadLineError(f"the line is no JSON: {refused}") from error
    if not isinstance(content, _Pairs):
        return content
    order = content.get("order")
    gift = order.get("gift") if isinstance(order, _Pairs) else None
    if any(isinstance(part, _Pairs) and part.twice for part in (content, order, gift)):
        reason = "the line is no clear JSON object: a key stands twice"
        raise BadLineError(reason, _known(content.get("id")))
    text = content.get("text")
    if isinstance(text, str):
        content["text"] = _HALF.sub("\ufffd", text)
    return content


def _pairs(found: list[tuple[str, Any]]) -> _Pairs:
    made = _Pairs(found)
    made.twice = len(made) < len(found)
    if made.twice and [key for key, _ in found].count("id") > 1:
        made["id"] = None  # which of them is meant is not known
    return made


def _whole_number(digits: str) -> int | float:
    try:
        return int(digits)
    except ValueError:  # more digits than Python reads; a field that is looked at refuses it
        return math.inf


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _known(given: object) -> str | int | None:
    if isinstance(given, bool) or not isinstance(given, str | int) or given == "":
        return None
    return given


def _reasons(error: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in item['loc'])}: "
        f"{_IN_PLAIN_WORDS.get(item['type']) or item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )
