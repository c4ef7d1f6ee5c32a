"""A real mail server on loopback that keeps what it receives and fails when it is told to."""

import asyncio
import email
import socket
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default as modern
from types import TracebackType
from typing import Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Delivery:
    """One accepted message, with the addresses the server was told, which need not be those in its header."""

    sender: str
    recipients: list[str]
    message: EmailMessage


@dataclass
class SmtpServer:
    """Use as `with SmtpServer() as server:`; point MAIL_SERVER and MAIL_PORT at `server.host` and `server.port`.

    `answer` is what the next messages get: "250", "451 later", "550 no"; a refused message is not kept.
    `slow` makes the server think for so many seconds before it answers.
    """

    answer: str = "250"
    slow: float = 0
    host: str = "127.0.0.1"
    port: int = 0
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._arrived = threading.Condition()

    @property
    def messages(self) -> list[EmailMessage]:
        """The messages accepted so far, oldest first."""
        return [delivery.message for delivery in self.deliveries]

    def clear(self) -> None:
        """Forget the messages accepted so far."""
        self.deliveries.clear()

    def wait_for(self, count: int, *, timeout: float = 60) -> list[EmailMessage]:
        """Return the messages as soon as there are `count`; for mail that another process sends."""
        with self._arrived:
            enough = self._arrived.wait_for(lambda: len(self.deliveries) >= count, timeout)
        assert enough, f"{len(self.deliveries)} messages came in {timeout} seconds, not {count}"
        return self.messages

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answer one message: the hook by which aiosmtpd hands it over."""
        await asyncio.sleep(self.slow)
        if self.answer.startswith("2"):
            self._keep(envelope)
        code, _, text = self.answer.partition(" ")
        return f"{code} {text or 'OK'}"

    def __enter__(self) -> Self:
        listening = socket.create_server((self.host, self.port))
        self.port = listening.getsockname()[1]
        self._controller = _OnSocket(self, listening)
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    def _keep(self, envelope: Envelope) -> None:
        message = email.message_from_bytes(cast("bytes", envelope.content), policy=modern)
        with self._arrived:
            self.deliveries.append(Delivery(envelope.mail_from or "", list(envelope.rcpt_tos), message))
            self._arrived.notify_all()


class _OnSocket(Controller):
    """Serves on a socket that is bound already: a free port looked up first could be gone by now."""

    def __init__(self, handler: SmtpServer, listening: socket.socket) -> None:
        host, port = listening.getsockname()
        super().__init__(handler, hostname=host, port=port, ready_timeout=10)
        self._listening = listening

    def _create_server(self) -> Coroutine[object, object, asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._listening)
