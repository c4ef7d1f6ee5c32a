"""A mail server that says what it is told to, word for word, and may never come to an end of it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

WELL = {"": "220 hello", "EHLO": "250-me\r\n250 AUTH PLAIN", "DATA": "354 go on"}


@dataclass
class ScriptedSmtp:
    """answers: by the verb of a command ('' the greeting); one of `…-` is repeated every 0.02 seconds, for ever."""

    answers: dict[str, str]
    port: int = 0
    calls: int = 0
    heard: list[str] = field(default_factory=list)

    def serve(self, listening: socket.socket) -> None:
        """Serve one caller after the other until the socket is closed."""
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                self.calls += 1
                with connection, suppress(OSError), connection.makefile("rb") as lines:
                    self._talk(connection, iter(lines))

    def _talk(self, connection: socket.socket, lines: Iterator[bytes]) -> None:
        self._say(connection, "")
        for line in lines:
            verb = line.decode().split()[0].upper()
            self.heard.append(line.decode().strip())
            if verb == "DATA" and self._say(connection, verb).startswith("3"):
                while next(lines) != b".\r\n":
                    pass
                verb = "."
            if verb != "DATA":
                self._say(connection, verb)
            if verb == "QUIT":
                return

    def _say(self, connection: socket.socket, verb: str) -> str:
        text = self.answers.get(verb, WELL.get(verb, "250 OK"))
        connection.sendall(f"{text}\r\n".encode())
        while text.endswith("-…"):
            threading.Event().wait(0.02)
            connection.sendall(f"{text}\r\n".encode())
        return text


@contextmanager
def scripted(**answers: str) -> Iterator[ScriptedSmtp]:
    """Such a server on loopback; `greeting` is what it says first."""
    server = ScriptedSmtp({"" if verb == "greeting" else verb: text for verb, text in answers.items()})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server.port = listening.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=[listening], daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
