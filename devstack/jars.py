"""Kafka's jars: the pinned list and how they get into the cache. Used by devstack.kafka.

The list names coordinates and SHA-256 sums; the addresses are Maven's own business.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext

from devstack.problems import Progress, StackError

PINS_FILE = Path(__file__).with_name("kafka.jars")
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Pin:
    """One jar: Maven coordinates and the SHA-256 of the file, in hex."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def coordinates(self) -> str:
        """group:artifact:version."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """Name of the jar in the cache."""
        return f"{self.artifact}-{self.version}.jar"


def parse_pins(text: str) -> tuple[Pin, ...]:
    """Lines `group:artifact:version sha256`; `#` starts a comment. Raises ValueError."""
    pins: list[Pin] = []
    for number, line in enumerate(text.splitlines(), 1):
        content = line.partition("#")[0].split()
        if not content:
            continue
        parts = content[0].split(":")
        if len(content) != 2 or len(parts) != 3 or not _is_sha256(content[1]):
            raise ValueError(f"line {number} is not `group:artifact:version sha256`: {line!r}")
        group, artifact, version = parts
        pins.append(Pin(group, artifact, version, content[1]))
    names = [pin.file_name for pin in pins]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"named twice: {', '.join(sorted(twice))}")
    return tuple(pins)


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")


def pinned() -> tuple[Pin, ...]:
    """The jars of this release."""
    return parse_pins(PINS_FILE.read_text(encoding="utf-8"))


def kafka_version(pins: Iterable[Pin]) -> str:
    """Version of the broker itself."""
    return next(pin.version for pin in pins if pin.artifact.startswith("kafka_"))


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def missing(pins: Iterable[Pin], folder: Path) -> list[Pin]:
    """Those that are not in the folder, or not as pinned."""
    return [pin for pin in pins if not _is_sound(pin, folder / pin.file_name)]


def _is_sound(pin: Pin, path: Path) -> bool:
    return path.exists() and sha256_of(path) == pin.sha256


def fetch(pins: Iterable[Pin], folder: Path, repository: str, progress: Progress) -> list[Path]:
    """Paths of all jars in the order of the list, each one checked against its sum.

    What is sound in the folder already is left alone and no network is touched for it. Raises
    StackError when a jar can't be had or differs from its pin; such a file never stays.
    """
    pins = tuple(pins)
    wanted = missing(pins, folder)
    if wanted:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as fresh,
            ThreadPoolExecutor(_AT_ONCE) as pool,
        ):
            jobs = [pool.submit(_fetch_one, pin, Path(fresh), folder, repository) for pin in wanted]
            for done, job in enumerate(as_completed(jobs), 1):
                error = job.exception()
                if error is not None:
                    pool.shutdown(cancel_futures=True)
                    raise error
                progress("kafka", f"fetching its jars: {done} of {len(wanted)}")
    return [folder / pin.file_name for pin in pins]


def _fetch_one(pin: Pin, fresh: Path, folder: Path, repository: str) -> None:
    mirrors = {"mirror": repository} if repository else None
    maven = MavenContext(repo_cache=fresh, remote_repos=mirrors, timeout=60)
    try:
        component = maven.project(pin.group, pin.artifact).at_version(pin.version)
        path = component.artifact().resolve()
    except (RuntimeError, OSError) as error:
        raise StackError(
            f"Kafka's jar {pin.coordinates} can't be fetched: {type(error).__name__}",
            "Is a Maven repository in reach? AFTERCARE_MAVEN_REPOSITORY names a mirror;"
            " AFTERCARE_KAFKA_BOOTSTRAP names a broker of your own instead.",
        ) from error
    found = sha256_of(path)
    if found != pin.sha256:
        raise StackError(
            f"Kafka's jar {pin.coordinates} is not the pinned one:"
            f" SHA-256 {found}, expected {pin.sha256}",
            "The repository gave another file under this name. Don't run it; try another mirror.",
        )
    path.replace(folder / pin.file_name)
