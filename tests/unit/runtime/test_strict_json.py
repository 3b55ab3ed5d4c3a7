"""JSON of strangers: what is read and every refusal."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.strict_json import MAX_DEPTH, NotJsonError, read_object, read_value

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**23), 10**23) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_json_writes_is_read_back(value: object) -> None:
    text = json.dumps(value)
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return
    assert read_value(raw) == json.loads(text)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"\xff\xfe", "bad_encoding"),
        ("订单".encode("gb18030"), "bad_encoding"),
        (b"{", "not_json"),
        (b'{"a": 1,}', "not_json"),
        (b'{"a": NaN}', "bad_number"),
        (b'{"a": -Infinity}', "bad_number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "bad_number"),
        (b'{"a": 1, "a": 2}', "duplicate_key"),
        (b"[" * 10_000, "too_deep"),
        (b'{"a":' * 10_000, "too_deep"),
        (b"[1]", "not_object"),
        (b"7", "not_object"),
        (b"null", "not_object"),
    ],
)
def test_refusals(raw: bytes, code: str) -> None:
    with pytest.raises(NotJsonError) as error:
        read_object(raw)
    assert error.value.code == code


def test_brackets_in_strings_are_no_depth() -> None:
    text = json.dumps({"a": "[" * 1000 + '\\"' + "{" * 1000})
    assert read_object(text.encode())["a"].startswith("[[[")


def test_the_deepest_that_is_read() -> None:
    raw = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read_value(raw) is not None
    with pytest.raises(NotJsonError):
        read_value(b"[" + raw + b"]")
