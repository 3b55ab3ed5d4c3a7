"""Spans of time and sums of money as people read them. Used by what `replay` and `migrate` show."""

from __future__ import annotations

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
FEN = 100


def span(seconds: float | None) -> str:
    """`45 s`, `15 min`, `4 h 30 min`, `3 d 2 h`; nothing for None."""
    if seconds is None:
        return ""
    whole = round(abs(seconds))
    for large_s, large, small_s, small in (
        (DAY_S, "d", HOUR_S, "h"),
        (HOUR_S, "h", MINUTE_S, "min"),
        (MINUTE_S, "min", 1, "s"),
    ):
        if whole >= large_s:
            rest = whole % large_s // small_s
            return f"{whole // large_s} {large}" + (f" {rest} {small}" if rest else "")
    return f"{whole} s"


def yuan(fen: int) -> str:
    """1234567 is 12,345.67 CNY."""
    return f"{fen / FEN:,.2f} CNY"
