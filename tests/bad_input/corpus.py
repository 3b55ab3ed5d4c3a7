"""The whole corpus: every row of the list of bad input, over HTTP and through Kafka, and what of it
nothing here could take."""

from __future__ import annotations

from tests.bad_input.cases import Absent, Record, Request
from tests.bad_input.http_senders import SENDERS
from tests.bad_input.http_texts import TEXTS
from tests.bad_input.kafka_corpus import RECORDS

REQUESTS = (*TEXTS, *SENDERS)
CASES: tuple[Request | Record, ...] = (*REQUESTS, *RECORDS)
ABSENT = (
    Absent("B2", "10 MB through Kafka", "the broker takes no record of more than 1 MB"),
    Absent("B7", "formulas in an export", "nothing is exported as a table yet"),
    Absent("B11", "a folder in an archive", "no archive is taken, none is ever unpacked"),
    Absent("B11", "a file's name as a path, a link", "a file has no name but its SHA-256"),
    Absent("B11", "a bomb of pixels that is drawn", "no picture is ever decoded"),
    Absent("B11", "a place in a picture's EXIF", "evidence keeps the bytes unaltered, shows none"),
    Absent("B11", "files through Kafka", "events name files by their SHA-256 only"),
    Absent("B12", "signatures on Kafka", "who may write a topic is the broker's to know (ACL)"),
    Absent("B13", "rebinding, redirects", "no address that a stranger names is ever called"),
)
ROWS = tuple(f"B{number}" for number in range(1, 16))
