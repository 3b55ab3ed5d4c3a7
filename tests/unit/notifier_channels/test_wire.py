"""Reading odd answers, and making a provider's words fit for logs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.channels.codes import printable, refused
from services.notifier.channels.wire import Answer, json_object


@pytest.mark.parametrize(
    "bad",
    [
        b"", b"null", b"[]", b'"x"', b"7", b"{", b"<html>", b'{"a": NaN}', b'{"a": Infinity}',
        b"\xff\xfe", b'{"a":' * 100_000, b'{"a": ' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_anything_but_an_object_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - every kind of ValueError will do
        json_object(bad)


def test_an_object_is_read() -> None:
    assert json_object('{"Code": "OK", "名": 1}'.encode()) == {"Code": "OK", "名": 1}


@given(st.text())
def test_printable_words_fit_events_and_logs(words: str) -> None:
    clean = printable(words)
    assert len(clean) <= 200
    assert clean.encode().decode() == clean
    assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in clean)


def test_addresses_and_numbers_are_taken_out() -> None:
    words = "api freq out of limit, from ip: 10.2.3.4, more info at http://docs.test/e?e=45009"
    assert printable(words) == "api freq out of limit, from ip: …, more info at …"
    assert printable("Permits:10 for 13812345678") == "Permits:10 for …"


@pytest.mark.parametrize(
    ("status", "retryable", "of_provider"),
    [(400, False, False), (413, False, False), (401, False, True), (404, False, True),
     (408, True, True), (429, True, True)],
)  # fmt: skip
def test_what_a_bare_4xx_means(status: int, retryable: bool, of_provider: bool) -> None:
    verdict = refused(status)
    assert (verdict.retryable, verdict.of_provider) == (retryable, of_provider)


def test_fields_of_an_answer() -> None:
    answer = Answer(200, {"n": 7, "t": "8", "b": True, "o": {}, "x": "9" * 30, "m": "-1"})
    assert [answer.whole(name) for name in "ntboxm"] == [7, 8, None, None, None, -1]
    assert answer.text("missing") == ""
