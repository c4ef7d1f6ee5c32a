"""Starts the real web server and the real worker as processes of their own, the way `script/server` does."""

import http.client
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROCFILE = (ROOT / "Procfile").read_text()


@contextmanager
def live_server(env: Mapping[str, str]) -> Iterator[str]:
    """Yield the base URL of a server with this environment; it is named localhost because passkeys want a name."""
    port = free_port()
    with server_process(env, port):
        yield f"http://localhost:{port}"


@contextmanager
def server_process(env: Mapping[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process of a server that answers on `port`; it leads a group, so `kill()` can end all of it."""
    settings = {"BASE_URL": f"http://localhost:{port}", **env, "PORT": str(port)}
    with _process(_web_command("127.0.0.1", port), settings) as server:
        _wait_until_healthy(server, port)
        yield server


@contextmanager
def worker(env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the process of a worker with this environment; it has been started, and may not be at work yet."""
    with _process(["flask", "--app", "wsgi", "work"], env) as process:
        yield process


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children at once, as a power cut would."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _web_command(host: str, port: int) -> list[str]:
    """The module and the arguments of the Procfile's web server, on this address."""
    words = shlex.split(re.findall(r"^web: exec \S+ -m (.+)$", PROCFILE, re.MULTILINE)[0])
    return [{"$ADDRESS": host, "$PORT": str(port)}.get(word, word) for word in words]


@contextmanager
def _process(module: Sequence[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of this Python in a group of its own; when the block fails, show what it wrote."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=ROOT,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        except BaseException as error:
            log.seek(0)
            error.add_note(f"{module[0]} wrote:\n{log.read().decode(errors='replace')}")
            raise
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    # Also when the leader is gone: a server that was killed leaves its own child behind.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _wait_until_healthy(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < deadline:
        if _is_healthy(port):
            return
        time.sleep(0.05)
    raise RuntimeError(f"The server did not answer /healthz on port {port} (exit code {server.returncode}).")


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("localhost", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    except OSError:
        return False
    finally:
        connection.close()
