"""What an error of the mail server says something about: the mail, the moment, or our own settings. Pure."""

from __future__ import annotations

import smtplib
import socket
import ssl
from enum import Enum

PREFIX = "No mail is sent: "
SETTING = PREFIX + "{what}. Check {variables}, then restart. The mails wait, and are tried again every 5 minutes."
"""Staff find it beneath the mails that wait, on top of the page of mails, in the log, and from `flask doctor`."""


class Verdict(Enum):
    """final: this mail is refused for good. later: it is tried again. setting: no mail could be sent at all."""

    FINAL = "final"
    LATER = "later"
    SETTING = "setting"


def of_opening(error: Exception) -> str:
    """The sentence about a setting that keeps us from the mail server; '' where the server is merely away.

    Whatever a server says before the first mail is not about any: a bad password, a 4xx at the greeting, no STARTTLS.
    """
    said = _said(error)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return _sentence(f"the mail server refused the sign-in ({said})", "MAIL_USERNAME and MAIL_PASSWORD")
    if isinstance(error, ssl.SSLError):
        return _sentence(f"the mail server’s certificate was not accepted ({said})", "MAIL_SERVER and MAIL_USE_TLS")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _sentence(
            f"the mail server does not offer what is set ({said})", "MAIL_USE_TLS, MAIL_USERNAME and MAIL_PASSWORD"
        )
    if isinstance(error, smtplib.SMTPResponseException):
        return _sentence(f"the mail server refused the connection ({said})", "MAIL_SERVER and MAIL_PORT")
    if isinstance(error, TimeoutError):
        return _sentence(f"the mail server did not get to the point ({said})", "MAIL_SERVER and MAIL_PORT")
    if isinstance(error, socket.gaierror):
        return _sentence(f"the mail server’s name leads nowhere ({said})", "MAIL_SERVER")
    return ""


def of_sending(error: Exception) -> tuple[Verdict, str]:
    """What became of a mail, and for a setting the sentence (RFC 5321 section 4.2.1, RFC 1870 for the size).

    An address that is refused as one to relay for is tried again: it may be our setting, but one odd address that
    somebody typed must not keep all other mails waiting.
    """
    if not isinstance(error, OSError):  # smtplib's and the network's are; this is no mail that could be built
        return Verdict.FINAL, ""
    if isinstance(error, smtplib.SMTPSenderRefused) and error.smtp_code >= 500 and error.smtp_code != 552:
        return Verdict.SETTING, of_sender(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _of_recipients(error.recipients), ""
    is_about_mail = isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused)
    if is_about_mail and getattr(error, "smtp_code", 0) >= 500:
        return Verdict.FINAL, ""
    return (Verdict.FINAL if isinstance(error, smtplib.SMTPNotSupportedError) else Verdict.LATER), ""


def of_sender(error: smtplib.SMTPSenderRefused) -> str:
    """The sentence about a sender whose mails the server does not take."""
    what = f"the mail server refused the sender {error.sender} ({_said(error)})"
    return _sentence(what, "MAIL_DEFAULT_SENDER, MAIL_BOUNCES, MAIL_USERNAME and MAIL_PASSWORD")


def _of_recipients(refused: dict[str, tuple[int, bytes]]) -> Verdict:
    answers = [(code, text.decode(errors="replace").lower()) for code, text in refused.values()]
    is_final = all(code >= 500 and code != 530 and "relay" not in text for code, text in answers)
    return Verdict.FINAL if is_final else Verdict.LATER


def _sentence(what: str, variables: str) -> str:
    return SETTING.format(what=what, variables=variables)


def _said(error: Exception) -> str:
    """The server's own words, on one line."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        words = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
        return " ".join(f"{error.smtp_code} {words}".split())[:200]
    return " ".join(f"{error}".split())[:200] or type(error).__name__
