"""Starts a PostgreSQL of its own for the tests, in a private folder, and removes it afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

SUPERUSER = "postgres"
PORTAL = "portal"

# Nothing here must outlive the tests, so durability is given up for speed. Autovacuum is off because a clone waits
# for a vacuum that looks at its template. The port only names the socket file: it follows PGPORT because libpq does.
SETTINGS = {
    "listen_addresses": "",
    "port": os.environ.get("PGPORT", "5432"),
    "max_connections": "200",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}

NOTE_CHANGES_OF_SCHEMA = """
create schema watch;
create table watch.schema_change ();
create function watch.note() returns event_trigger language plpgsql security definer as
    $$ begin insert into watch.schema_change default values; end $$;
create event trigger note on ddl_command_end execute function watch.note();
alter event trigger note enable always;
delete from watch.schema_change;
"""
TABLES = """
select relname from pg_class
where relkind = 'r' and relnamespace = 'public'::regnamespace and not relispartition or relkind = 'p'
order by relname
"""
"""What has rows of its own, and what is divided: its partitions are seen through it."""
LOOK = """
select array_remove(array[{filled}], null),
    exists (select from watch.schema_change) or exists (
        select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and backend_type = 'client backend' and state <> 'idle')
"""
"""Which tables have rows, and whether rows are not all that was changed, or somebody is still at work."""


@contextmanager
def throwaway_cluster() -> Iterator[str]:
    """Yield the superuser's libpq URL of a cluster that lives as long as the `with` block."""
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir=_parent_folder()))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, SUPERUSER, SUPERUSER)
        data = folder / "data"
        _initdb(data)
        with _postgres(data, socket_folder=folder) as url:
            yield url
    finally:
        shutil.rmtree(folder)


def create_database(cluster: str, name: str) -> str:
    """Create an empty database that the app's role owns; return its SQLAlchemy URL."""
    _run(cluster, sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(PORTAL)))
    return _url(cluster, name)


def clone_database(cluster: str, template: str, name: str) -> str:
    """Copy `template`, to which nobody may be connected; return the copy's SQLAlchemy URL."""
    _run(
        cluster,
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(PORTAL), sql.Identifier(template)
        ),
    )
    return _url(cluster, name)


def drop_database(cluster: str, name: str) -> None:
    """Drop the database, also when somebody is still connected: every copy costs some 8 MB of disk."""
    _run(cluster, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


class Sweeper:
    """Clears away the rows that were deleted. There is no autovacuum here: without it every look at a table reads all
    the rows that it has ever had, so that each test would take longer than the one before."""

    EVERY = 20

    def __init__(self) -> None:
        self._turns, self._tables = 0, set[str]()

    def swept(self, connection: psycopg.Connection, tables: Iterable[str]) -> None:
        """Say that rows of these tables were deleted; outside of a transaction."""
        self._turns, self._tables = self._turns + 1, self._tables.union(tables)
        if self._turns % self.EVERY == 0 and self._tables:
            connection.execute(
                sql.SQL("vacuum {}").format(sql.SQL(", ").join(map(sql.Identifier, sorted(self._tables))))
            )
            self._tables = set()


class ReusedDatabase:
    """A copy of a template that one test after another finds as the template is, at the price of a DELETE or two.

    Rows are put back past the triggers that keep tables append-only, which only the superuser may. A copy that was
    dropped, that somebody is still at work in, or whose schema was changed is for clone() to replace.
    """

    def __init__(self, cluster: str, template: str, name: str) -> None:
        self.cluster, self.template, self.name = cluster, template, name
        self.url = _url(cluster, name)
        self._connection: psycopg.Connection | None = None
        self._sweeper = Sweeper()

    def clone(self) -> None:
        """Make the copy anew."""
        self.close()
        clone_database(self.cluster, self.template, self.name)
        self._connection = connection = psycopg.connect(self.cluster, dbname=self.name, autocommit=True)
        connection.execute(NOTE_CHANGES_OF_SCHEMA)
        tables = [name for (name,) in connection.execute(TABLES)]
        filled = ", ".join(f"case when exists (select from {table}) then '{table}' end" for table in tables)
        self._look = LOOK.format(filled=filled)
        self._kept = {table: rows for table in tables if (rows := self._copy_out(connection, table))}

    def put_back(self) -> bool:
        """Whether the rows are those of the template again."""
        if self._connection is None:
            return False
        try:
            row = self._connection.execute(self._look).fetchone()
            assert row is not None
            filled, is_spoilt = row
            if not is_spoilt:
                self._restore(self._connection, filled)
        except psycopg.Error:
            return False
        return not is_spoilt

    def close(self) -> None:
        """Drop the copy."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        drop_database(self.cluster, self.name)

    def _restore(self, connection: psycopg.Connection, filled: list[str]) -> None:
        with connection.transaction():
            connection.execute("set local session_replication_role = replica")
            connection.execute("; ".join(f"delete from {table}" for table in filled))  # noqa: S608
            for table, rows in self._kept.items():
                with connection.cursor().copy(f"copy {table} from stdin") as copy:
                    copy.write(rows)
        self._sweeper.swept(connection, filled)

    def _copy_out(self, connection: psycopg.Connection, table: str) -> bytes:
        with connection.cursor().copy(f"copy (table {table}) to stdout") as copy:
            return b"".join(bytes(block) for block in copy)


def find_program(name: str) -> str:
    """Return the path of a PostgreSQL program such as `initdb`; Debian keeps them outside PATH."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4].partition(".")[0])
    )
    if debian:
        return str(debian[-1])
    pg_config = shutil.which("pg_config")
    if pg_config:
        folder = subprocess.run([pg_config, "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
        if (Path(folder) / name).exists():
            return str(Path(folder) / name)
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"PostgreSQL's program {name} was not found; script/test installs it on Debian.")
    return found


def _parent_folder() -> str:
    """Memory where there is plenty (a clone takes a fifth of the time), else /tmp.

    Not TMPDIR: a socket's path has about 100 characters, and as root the account `postgres` has to reach it.
    """
    memory = "/dev/shm"
    return memory if os.path.isdir(memory) and shutil.disk_usage(memory).free > 2 * 2**30 else "/tmp"


def _initdb(data: Path) -> None:
    command = [find_program("initdb"), "-D", str(data), "-U", SUPERUSER, "-A", "trust", "-E", "UTF8"]
    command += ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    done = subprocess.run(_as_owner(command), capture_output=True, text=True, cwd="/")
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


@contextmanager
def _postgres(data: Path, *, socket_folder: Path) -> Iterator[str]:
    command = [find_program("postgres"), "-D", str(data), "-c", f"unix_socket_directories={socket_folder}"]
    for setting, value in SETTINGS.items():
        command += ["-c", f"{setting}={value}"]
    log = data.parent / "log"
    with log.open("wb") as output:
        server = subprocess.Popen(_as_owner(command), stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/")
    try:
        url = f"postgresql://{SUPERUSER}@/postgres?host={quote(str(socket_folder))}"
        with _connect_to_new(url, server, log) as connection:
            _assert_ours(connection, data)
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS").format(
                    sql.Identifier(PORTAL)
                )
            )
        yield url
    finally:
        _stop(server)


def _as_owner(command: list[str]) -> list[str]:
    """Run as `postgres` when we are root (PostgreSQL refuses root); on Linux end with us, even if we are killed."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return command
    owner = ["--reuid", SUPERUSER, "--regid", SUPERUSER, "--init-groups"] if os.geteuid() == 0 else []
    return [setpriv, *owner, "--pdeathsig", "QUIT", *command]


def _connect_to_new(url: str, server: subprocess.Popen[bytes], log: Path) -> psycopg.Connection:
    deadline = time.monotonic() + 30
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text()}") from error
        time.sleep(0.02)


def _assert_ours(connection: psycopg.Connection, data: Path) -> None:
    """Whatever went wrong, never write to a database that somebody keeps."""
    row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None and Path(row[0]) == data, f"this PostgreSQL is not ours: {row}"


def _stop(server: subprocess.Popen[bytes]) -> None:
    """QUIT ends PostgreSQL at once, without writing down what nobody would read."""
    server.send_signal(signal.SIGQUIT)
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _run(cluster: str, statement: sql.Composed) -> None:
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(statement)


def _url(cluster: str, name: str) -> str:
    return f"postgresql+psycopg://{PORTAL}@/{name}?host={quote(str(conninfo_to_dict(cluster)['host']))}"
