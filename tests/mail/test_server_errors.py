"""Errors of a mail server: which are about the mail, which about the moment, which about our settings."""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest

from partner_access.mail.server_errors import PREFIX, Verdict, of_opening, of_sending

RCPT, SENDER, DATA = smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (RCPT({"a@b": (550, b"no such mailbox")}), Verdict.FINAL),
        (RCPT({"a@b": (450, b"busy")}), Verdict.LATER),
        (RCPT({"a@b": (530, b"authentication required")}), Verdict.LATER),
        (RCPT({"a%c@b": (554, b"5.7.1 Relay access denied")}), Verdict.LATER),
        (SENDER(553, b"not yours", "p@m"), Verdict.SETTING),
        (SENDER(530, b"authentication required", "p@m"), Verdict.SETTING),
        (SENDER(552, b"too large", "p@m"), Verdict.FINAL),
        (SENDER(451, b"slow down", "p@m"), Verdict.LATER),
        (DATA(550, b"looks like junk"), Verdict.FINAL),
        (DATA(451, b"later"), Verdict.LATER),
        (smtplib.SMTPServerDisconnected("gone"), Verdict.LATER),
        (TimeoutError("not done within 60 seconds"), Verdict.LATER),
        (ValueError("no such header"), Verdict.FINAL),
        (UnicodeEncodeError("ascii", "é", 0, 1, "no"), Verdict.FINAL),
    ],
)
def test_of_what_comes_with_a_mail_only_the_sender_is_a_setting(error, verdict):
    assert of_sending(error)[0] is verdict
    assert of_sending(error)[1].startswith(PREFIX) == (verdict is Verdict.SETTING)


@pytest.mark.parametrize(
    ("error", "names"),
    [
        (smtplib.SMTPAuthenticationError(535, b"bad password"), "MAIL_PASSWORD"),
        (smtplib.SMTPAuthenticationError(454, b"not now"), "MAIL_PASSWORD"),
        (smtplib.SMTPConnectError(421, b"too many of you"), "MAIL_SERVER"),
        (smtplib.SMTPConnectError(554, b"go away"), "MAIL_SERVER"),
        (smtplib.SMTPHeloError(501, b"who?"), "MAIL_SERVER"),
        (smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server."), "MAIL_USE_TLS"),
        (ssl.SSLError("wrong version number"), "MAIL_USE_TLS"),
        (socket.gaierror(-2, "Name or service not known"), "MAIL_SERVER"),
        (TimeoutError("not done within 60 seconds"), "MAIL_PORT"),
        (ConnectionRefusedError(111, "Connection refused"), ""),
        (smtplib.SMTPServerDisconnected("restarting"), ""),
    ],
)
def test_before_the_first_mail_it_is_a_setting_unless_the_server_is_away(error, names):
    sentence = of_opening(error)
    assert bool(sentence) == bool(names)
    assert names in sentence
