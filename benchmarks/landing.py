"""`script/bench landing`: what an opened referral link costs, over a real server, beside references of the same run."""

from __future__ import annotations

import os
import re
import shlex
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
from flask_migrate import upgrade

from benchmarks.data import portal
from partner_access.credit.touchpoints import links
from partner_access.db import SYSTEM, acting, database, session
from partner_access.organizations.directory import organizations

ROOT = Path(__file__).parent.parent
MOST = 4.0
"""How many times the CPU of a bare page and a raw insert together a click may cost."""
VISITORS = 8
ASK = (
    "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: {agent}\r\n"
    "Sec-Fetch-Dest: document\r\nReferer: https://blog.example/post\r\n\r\n"
)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Load:
    """What a number of requests took: the server's CPU each, the seconds of all, and each one's milliseconds."""

    cpu_ms: float = 0.0
    seconds: float = 0.0
    times: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        return sorted(self.times)[int(len(self.times) * 0.99)]


@click.command("landing")
@click.option("--clicks", type=click.IntRange(1000), default=5000, show_default=True, help="How many for each figure.")
@click.option("--database", "url", help="An empty database; without it, a file that is deleted afterwards.")
def landing(clicks: int, url: str | None) -> None:
    """Open a link over and over: CPU of a click with the fast path and without, beside a bare page and a raw insert.

    Fails when a click costs more than MOST times these two, or when an opening that was answered is not stored.
    """
    with tempfile.TemporaryDirectory(dir=ROOT / "instance") as folder:
        url = url or f"sqlite:///{folder}/portal.sqlite3"
        app = portal(url)
        with app.app_context():
            upgrade()
            with acting(SYSTEM):
                org = organizations.found_org("Agency", domain="agency.example", policy="request")
            with acting(SYSTEM, org.id):
                path = f"/r/{links.primary(org).code}"
            session().commit()
            database.engine.dispose()
        found = _measured(url, path, clicks)
        found["raw durable insert"] = Load(_raw_insert_ms(Path(folder), clicks))
        with app.app_context(), acting(SYSTEM, org.id):
            stored = sum(links.visits(links.listing()).values())
            database.engine.dispose()
    _tell(found, stored, asked=2 * clicks + clicks // 10 + 2)


def _measured(url: str, path: str, clicks: int) -> dict[str, Load]:
    found = {}
    with _server("benchmarks.bare:server", {}) as (port, process):
        found["bare page"] = _load(port, "/", process, clicks)
    environ = {"DATABASE_URL": url, "LANDING_FAST_PATH": "1"}
    with _server("wsgi:server", environ) as (port, process):
        _load(port, path, process, 1)
        found["landing click"] = _load(port, path, process, clicks)
        rate = clicks / found["landing click"].seconds / 2
        found["at half load"] = _load(port, path, process, clicks, rate=rate)
    with _server("wsgi:server", environ | {"LANDING_FAST_PATH": "0"}) as (port, process):
        _load(port, path, process, 1)
        found["landing click, without the fast path"] = _load(port, path, process, clicks // 10)
    return found


def _tell(found: dict[str, Load], stored: int, *, asked: int) -> None:
    for name, load in found.items():
        at = f"{len(load.times) / load.seconds:8,.0f}/s  p99 {load.p99:6.1f} ms" if load.times else ""
        click.echo(f"{name:40}{load.cpu_ms:8.3f} ms CPU  {at}")
    raw = found["bare page"].cpu_ms + found["raw durable insert"].cpu_ms
    ratio = found["landing click"].cpu_ms / raw
    click.echo(f"a click is {ratio:.1f} times a bare page and a raw insert; {stored:,} of {asked:,} are stored")
    if stored != asked or ratio > MOST:
        raise click.ClickException(f"Every click must be stored, and cost {MOST} times these two at most.")


@contextmanager
def _server(application: str, environ: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A server as the Procfile starts it; its port and the id of its process."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = listening.getsockname()[1]
    settings = {
        "SECRET_KEY": "for-benchmarks-only-0123456789-abcdef", "BASE_URL": f"http://localhost:{port}",
        "MAIL_SERVER": "127.0.0.1", "PORT": str(port),
    }  # fmt: skip
    web = re.findall(r"^web: exec \S+ (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)[0]
    known = {"$ADDRESS": "127.0.0.1", "$PORT": str(port), "wsgi:server": application}
    command = [sys.executable, *(known.get(word, word) for word in shlex.split(web))]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings, **environ})
    try:
        _wait(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise click.ClickException(f"The server did not answer on port {port}.")


def _load(port: int, path: str, process: int, number: int, *, rate: float | None = None) -> Load:
    """Ask so often from VISITORS connections: as fast as it answers, or at a rate for all of them together."""
    found, errors = Load(), []
    before, began = _cpu(process), time.perf_counter()
    ask = ASK.format(path=path, port=port, agent=AGENT).encode()

    def visit(mine: int) -> None:
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=60)) as connection:
                for turn in range(mine, number, VISITORS):
                    due = began + turn / rate if rate else time.perf_counter()
                    time.sleep(max(0.0, due - time.perf_counter()))
                    _answer(connection, ask)
                    found.times.append((time.perf_counter() - due) * 1000)
        except Exception as error:
            errors.append(error)

    visitors = [threading.Thread(target=visit, args=(mine,)) for mine in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    if errors:
        raise errors[0]
    found.seconds = time.perf_counter() - began
    found.cpu_ms = (_cpu(process) - before) / number * 1000
    return found


def _answer(connection: socket.socket, ask: bytes) -> None:
    """Ask once on a connection that stays open; the whole answer has come when this returns."""
    connection.sendall(ask)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += connection.recv(65536)
    head, _, body = answer.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise click.ClickException(head.decode(errors="replace").partition("\r\n")[0])
    left = int(length[1]) - len(body)
    while left > 0:
        left -= len(connection.recv(left))


def _cpu(process: int) -> float:
    """Seconds of CPU that a process and its children have used."""
    return sum(_own_cpu(one) for one in [process, *_children(process)])


def _own_cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _children(process: int) -> Sequence[int]:
    return [int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def _raw_insert_ms(folder: Path, number: int) -> float:
    """CPU of storing as much in a table without keys, each row durably by itself."""
    with closing(sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE visit (code, token, browser, at)")
        before = time.process_time()
        for turn in range(number):
            row = ("agency", turn.to_bytes(16), turn.to_bytes(16), "2026-12-01")
            connection.execute("INSERT INTO visit VALUES (?, ?, ?, ?)", row)
        return (time.process_time() - before) / number * 1000
