"""Strategies that spoil good bodies: in their values, their bytes, the headers around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from tests.bad_input.cases import BATCH, CLOUD_EVENT, JSON, LINES, raw
from tests.bad_input.plants import NAME, PHONE, SAID

_SLOW = tuple(HealthCheck)
FEW = settings(max_examples=10, suppress_health_check=_SLOW, phases=[Phase.reuse, Phase.generate])
"""For every change; what fails is shown as it was found."""
MANY = settings(max_examples=1_000, suppress_health_check=_SLOW)
"""For the night; what fails is made as small as possible."""
Path = tuple[str | int, ...]
VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 2**31, 2**63, 10**24, -(10**30), 0.5, 1e308, "", " ", "\x00",
    "\ud800", "\u202e", "\u200b", "👨\u200d👩", "\U0010ffff", "x" * 30_000, "2026-02-30T00:00:00Z",
    "9999-12-31T23:59:59Z", "2016-12-31T23:59:60Z", "2026-01-01T00:00:00", "1e5", "NaN", [], {},
    [[]], [None], {"": None}, {"key": "k", "box": "="}, "' OR 1=1 --", "../../etc/passwd",
    "\r\nx: y", "\x1b[31m", "{{ 7*7 }}", "=1+1", PHONE, NAME, SAID, {PHONE: NAME}, {NAME: SAID},
)  # fmt: skip
PIECES = (
    b"", b"\x00", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", "灯".encode("gb18030"), b"{", b"}", b"[",
    b"]", b",", b'"', b"\\", b"\\u0000", b"\\ud800", b"NaN", b"1e400", b"9" * 5000, b"[" * 200,
    b'"a":1,', b"\xef\xbb\xbf", b"\r\n", b"null", PHONE.encode(),
)  # fmt: skip
HEADER_NAMES = (
    b"x-odd", b"traceparent", b"baggage", b"ce-id", b"ce-type", b"ce-specversion",
    b"content-encoding", b"accept", b"range", b"if-match", b"aftercare-shop", b"webhook-id",
)  # fmt: skip


@st.composite
def spoiled(draw: st.DrawFn, makers: Sequence[Callable[[], dict[str, Any]]]) -> bytes:
    """A body with up to two values and up to three places of its text spoiled."""
    body: Any = draw(st.sampled_from(makers))()
    for _ in range(draw(st.integers(0, 2))):
        places = list(_places(body))
        body = _put(body, draw(st.sampled_from(places)), draw(st.sampled_from(VALUES)))
    text = raw(body)
    for _ in range(draw(st.integers(0, 3))):
        text = draw(_torn(text))
    return text


@st.composite
def _torn(draw: st.DrawFn, text: bytes) -> bytes:
    at = draw(st.integers(0, len(text)))
    how = draw(st.sampled_from(("flip", "insert", "cut", "end", "nest", "twice")))
    if how == "flip" and at < len(text):
        return text[:at] + bytes([text[at] ^ 1 << draw(st.integers(0, 7))]) + text[at + 1 :]
    if how == "insert":
        return text[:at] + draw(st.sampled_from(PIECES)) + text[at:]
    if how == "cut":
        return text[:at] + text[at + draw(st.integers(1, 30)) :]
    if how == "nest":
        return b"[" * (depth := draw(st.integers(1, 100))) + text + b"]" * depth
    return text[:at] if how == "end" else text + text[at:]


def _places(value: Any, above: Path = ()) -> Iterator[Path]:
    """Where a value could be put."""
    yield above
    if isinstance(value, dict):
        yield (*above, NAME)
        for name, inner in value.items():
            yield from _places(inner, (*above, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value[:3]):
            yield from _places(inner, (*above, number))


def _put(value: Any, place: Path, new: Any) -> Any:
    if not place:
        return new
    first, *rest = place
    changed: Any = value.copy()
    inner = changed[first] if isinstance(first, int) else changed.get(first)
    changed[first] = _put(inner, tuple(rest), new)
    return changed


# Without control characters: with them it is no HTTP, and the server says so before any service.
header_values = st.binary(max_size=60).map(
    lambda odd: bytes(c for c in odd if c > 0x20 and c != 0x7F)
) | (st.sampled_from((b"", b"00-\xff", SAID.encode(), b"gzip", b"9" * 100)))
header_lists = st.lists(st.tuples(st.sampled_from(HEADER_NAMES), header_values), max_size=6)
media_types = st.sampled_from((JSON, JSON, JSON, CLOUD_EVENT, BATCH, LINES, "text/plain", None))
record_headers = st.lists(
    st.tuples(
        st.sampled_from(("ce_type", "traceparent", "ce_id", "\u00e9", "", "content-type")),
        st.binary(max_size=40)
        | st.sampled_from((b"aftercare.orders.ParcelScanned", b"aftercare.sla.ClockMet")),
    ),
    max_size=4,
)
