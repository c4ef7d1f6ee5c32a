"""A real PgBouncer in front of the tests' PostgreSQL, in transaction mode, with fewer connections than clients."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from tests.servers.postgres import SUPERUSER

PROGRAM = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def pooled(cluster: str, url: str) -> Iterator[str]:
    """Yield the address of the same database through PgBouncer; every two transactions may get other connections."""
    server, database = conninfo_to_dict(cluster), make_url(url).database
    folder = Path(tempfile.mkdtemp(prefix="bouncer-"))
    (folder / "users").write_text('"portal" ""\n')
    (folder / "bouncer.ini").write_text(
        f"[databases]\n{database} = host={server['host']} port={server.get('port', 5432)} pool_size=2\n"
        f"[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nauth_type = trust\n"
        f"pool_mode = transaction\nauth_file = {folder}/users\nlogfile = {folder}/log\n"
    )
    if os.geteuid() == 0:  # it refuses to run as root
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, SUPERUSER, SUPERUSER)
    user = SUPERUSER if os.geteuid() == 0 else None
    process = subprocess.Popen([PROGRAM or "pgbouncer", "-q", f"{folder}/bouncer.ini"], user=user)
    try:
        _wait(folder, database or "")
        yield f"postgresql://portal@/{database}?host={folder}&port=6432"
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder)


def _wait(folder: Path, database: str) -> None:
    for _ in range(100):
        try:
            psycopg.connect(host=str(folder), port=6432, user="portal", dbname=database, prepare_threshold=None).close()
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise RuntimeError("PgBouncer does not answer.")
