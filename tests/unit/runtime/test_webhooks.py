"""Signatures of the edge: what is accepted, and every way of being refused."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.webhooks import SignatureError, read_secret, sign, verify

SECRET = b"s" * 32
OTHER = b"o" * 32
NOW = 1_770_000_000


def headers(
    body: bytes, *, at: int = NOW, secret: bytes = SECRET, message: str = "msg-1"
) -> list[tuple[str, str]]:
    return [
        ("webhook-id", message),
        ("webhook-timestamp", str(at)),
        ("webhook-signature", sign(secret, message, at, body)),
    ]


def refused(found: list[tuple[str, str]], body: bytes = b"{}") -> str:
    with pytest.raises(SignatureError) as error:
        verify([SECRET], found, body, NOW)
    return error.value.code


@given(st.binary(max_size=200), st.integers(-300, 300))
def test_a_right_signature_within_the_window_is_accepted(body: bytes, off: int) -> None:
    assert verify([SECRET], headers(body, at=NOW + off), body, NOW) == "msg-1"


def test_the_published_form_of_a_signature() -> None:
    secret = read_secret("whsec_" + base64.b64encode(b"k" * 32).decode())
    assert sign(secret, "msg_1", 1614265330, b'{"test": 2432232314}').startswith("v1,")


def test_the_old_secret_counts_beside_the_new_one() -> None:
    found = headers(b"{}", secret=OTHER)
    assert verify([SECRET, OTHER], found, b"{}", NOW) == "msg-1"


def test_several_signatures_in_one_header() -> None:
    found = headers(b"{}")
    found[2] = ("webhook-signature", f"v1,AAAA {found[2][1]} v2,BBBB")
    assert verify([SECRET], found, b"{}", NOW) == "msg-1"


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_missing_and_doubled_headers(name: str) -> None:
    found = headers(b"{}")
    assert refused([h for h in found if h[0] != name]) == "missing_header"
    assert refused([*found, next(h for h in found if h[0] == name)]) == "doubled_header"


@pytest.mark.parametrize(("off", "code"), [(-301, "stale_timestamp"), (301, "future_timestamp")])
def test_times_out_of_the_window(off: int, code: str) -> None:
    assert refused(headers(b"{}", at=NOW + off)) == code


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1.5", "٣", "9" * 13])
def test_unreadable_times(stamp: str) -> None:
    found = headers(b"{}")
    found[1] = ("webhook-timestamp", stamp)
    assert refused(found) == "bad_timestamp"


def test_a_signature_of_another_body_id_or_secret_does_not_fit() -> None:
    assert refused(headers(b"[]")) == "wrong_signature"
    assert refused(headers(b"{}", secret=OTHER)) == "wrong_signature"
    found = headers(b"{}")
    found[0] = ("webhook-id", "msg-2")
    assert refused(found) == "wrong_signature"
    found = headers(b"{}")
    found[2] = ("webhook-signature", "v1,\udcff")
    assert refused(found) == "wrong_signature"


@pytest.mark.parametrize(
    "text", ["plain", "whsec_", "whsec_***", "whsec_" + base64.b64encode(b"x" * 31).decode()]
)
def test_unusable_secrets(text: str) -> None:
    with pytest.raises(ValueError, match=r"secret|base64|Only|Incorrect|Non-base64|data"):
        read_secret(text)
