"""The line to the mail server: one connection for all mails that are due, and an end for a server that drips."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Timer

from flask import current_app
from flask_mail import Connection, Message

from partner_access.mail import server_errors

SECONDS = 60.0
"""For a whole attempt. To a server that says a word every second the time-out for a word never comes."""
GOODBYE = 5.0


class SettingIsWrong(Exception):
    """No mail can be sent, and which setting to check."""


class Line:
    """A connection to the mail server that is opened by the first mail and kept for the next ones."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds, self._is_over = seconds, False
        self._host: smtplib.SMTP | None = None

    def send(self, message: Message, sender: str) -> None:
        """Send; what a server has hung up on since the last mail is opened again, once.

        sender: the address that bounces go to. Raises SettingIsWrong, TimeoutError, and what smtplib raises.
        """
        was_open = self._host is not None
        with self._deadline():
            try:
                self._connection().send(message, envelope_from=sender)
            except smtplib.SMTPServerDisconnected:
                if not was_open or self._is_over:
                    raise
                self._host = None
                self._connection().send(message, envelope_from=sender)

    def check(self, sender: str) -> None:
        """Go as far as a mail would, and send none. Raises SettingIsWrong; OSError for a server that is away."""
        with self._deadline():
            code, answer = self._open().mail(sender)
        if code >= 400:
            raise SettingIsWrong(server_errors.of_sender(smtplib.SMTPSenderRefused(code, answer, sender)))

    def close(self) -> None:
        """Hang up."""
        if self._host is not None:
            with suppress(OSError), self._deadline(GOODBYE):  # a server may hang up without one
                self._host.close() if self._is_over else self._host.quit()
        self._host = None

    def _connection(self) -> Connection:
        connection = Connection(current_app.extensions["mail"])
        connection.host = self._open()
        return connection

    def _open(self) -> smtplib.SMTP:
        """The open connection. Raises SettingIsWrong for all but a server that is away."""
        if self._host is not None:
            return self._host
        try:
            return self._greeted()
        except OSError as error:
            sentence = server_errors.of_opening(self._late() if self._is_over else error)
            self.close()
            if not sentence:
                raise
            raise SettingIsWrong(sentence) from error

    def _greeted(self) -> smtplib.SMTP:
        """A connection that was greeted and signed in. Flask-Mail's own cannot be cut before the greeting has ended."""
        settings = current_app.extensions["mail"]
        host = self._host = smtplib.SMTP(timeout=self._seconds)
        host._host = settings.server  # type: ignore[attr-defined]  # the name that starttls() asks for
        code, answer = host.connect(settings.server, settings.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, answer)
        if settings.use_tls:
            host.starttls()
        if settings.username and settings.password:
            host.login(settings.username, settings.password)
        return host

    @contextmanager
    def _deadline(self, seconds: float | None = None) -> Iterator[None]:
        """Cut the connection when the time is over, whatever it is at. Raises TimeoutError then."""
        timer = Timer(seconds or self._seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (OSError, ValueError) as error:  # reading from what was cut is either
            if self._is_over:
                raise self._late() from error
            raise
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self._is_over = True
        if self._host is not None and self._host.sock is not None:
            with suppress(OSError):
                self._host.sock.shutdown(socket.SHUT_RDWR)

    def _late(self) -> TimeoutError:
        return TimeoutError(f"not done within {self._seconds:.0f} seconds")
