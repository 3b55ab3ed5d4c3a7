"""The list of Kafka's jars: what is read, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from devstack.jars import Pin, kafka_version, missing, parse_pins, pinned, sha256_of

SUM = "a" * 64


def test_reads_coordinates_and_sum() -> None:
    pins = parse_pins(f"# Kafka\n\norg.apache.kafka:kafka_2.13:4.3.1 {SUM}  # the broker\n")

    assert pins == (Pin("org.apache.kafka", "kafka_2.13", "4.3.1", SUM),)
    assert pins[0].coordinates == "org.apache.kafka:kafka_2.13:4.3.1"
    assert pins[0].file_name == "kafka_2.13-4.3.1.jar"
    assert kafka_version(pins) == "4.3.1"


@pytest.mark.parametrize(
    "line",
    [
        "org.apache.kafka:kafka_2.13:4.3.1",
        f"kafka_2.13:4.3.1 {SUM}",
        "g:a:1 " + "a" * 63,
        "g:a:1 " + "A" * 64,
        f"g:a:1 {SUM} more",
    ],
)
def test_refuses_what_is_no_pin(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        parse_pins(f"g:b:1 {SUM}\n{line}\n")


def test_refuses_one_jar_twice() -> None:
    with pytest.raises(ValueError, match=r"a-1\.jar"):
        parse_pins(f"g:a:1 {SUM}\nh:a:1 {SUM}\n")


def test_our_list_holds_the_broker_and_no_address() -> None:
    pins = pinned()

    assert kafka_version(pins).startswith("4.")
    assert {"kafka-clients", "log4j-slf4j-impl"} <= {pin.artifact for pin in pins}


def test_a_changed_file_counts_as_missing(tmp_path: Path) -> None:
    (tmp_path / "a-1.jar").write_bytes(b"right")
    (tmp_path / "b-1.jar").write_bytes(b"changed")
    right = Pin("g", "a", "1", sha256_of(tmp_path / "a-1.jar"))
    changed, absent = Pin("g", "b", "1", SUM), Pin("g", "c", "1", SUM)

    assert missing([right, changed, absent], tmp_path) == [changed, absent]
