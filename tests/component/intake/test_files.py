"""Files are looked at, kept under their hash, and named by messages of their own shop."""

from __future__ import annotations

from hashlib import sha256

import pytest

from tests.component.intake.world import World

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100
KINDS = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"x" * 20,
    "image/webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "application/pdf": b"%PDF-1.7\n",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_file_is_kept_under_its_hash(world: World, kind: str) -> None:
    body = KINDS[kind]
    digest = sha256(body).hexdigest()
    for status in (201, 200):
        response = await world.request("POST", "/v1/files", body, media_type="text/html")
        assert response.status_code == status
        told = {"sha256": digest, "media_type": kind, "size_bytes": len(body)}
        assert response.json() == told
    assert (world.objects / "sha256" / digest[:2] / digest[2:]).read_bytes() == body


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"<svg/>", b"GIF89a", b"%!PS", b"MZ"])
async def test_other_files_are_refused(world: World, body: bytes) -> None:
    response = await world.request("POST", "/v1/files", body, media_type="image/png")
    assert (response.status_code, response.json()["code"]) == (415, "wrong_file_type")


async def test_a_large_file_is_refused(world: World) -> None:
    response = await world.request("POST", "/v1/files", PNG + b"x" * 1_000_000)
    assert response.status_code == 413


async def test_messages_name_files_of_their_shop(world: World) -> None:
    digest = (await world.request("POST", "/v1/files", PNG)).json()["sha256"]
    ticket = await world.opened("c-1", text="", attachments=[digest, digest])
    body = {"message_id": "m1", "attachments": [digest]}
    assert (await world.post(f"/v1/tickets/{ticket}/messages", body))[0] == 200
    told = [{"sha256": digest, "media_type": "image/png", "size_bytes": len(PNG)}]
    assert [event["data"]["attachments"] for event in await world.published()] == [told, told]
    status, answer = await world.open("c-2", attachments=[digest], shop=world.other_shop)
    assert (status, answer["code"]) == (422, "unknown_file")
