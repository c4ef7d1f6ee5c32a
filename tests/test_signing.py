"""Secrets, codes and signed links: one purpose each, and keys that can be changed without signing anybody out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from partner_access import signing
from partner_access.errors import Expired, NotFound
from tests.portal import Portal

OLD, NEW = "old-key-0123456789-abcdefghijklmnop", "new-key-0123456789-abcdefghijklmnop"
DAY = timedelta(days=1)


def test_a_signed_link_gives_back_what_was_signed(portal):
    with portal.app.app_context():
        text = signing.sign("undo-join", {"org": "acme"})
        assert signing.unsign("undo-join", text, max_age=DAY) == {"org": "acme"}


@pytest.mark.parametrize("change", [lambda text: text[:-1], lambda text: "x" + text, lambda text: "", lambda text: "é"])
def test_a_changed_link_is_unknown(portal, change):
    with portal.app.app_context(), pytest.raises(NotFound) as refusal:
        signing.unsign("undo-join", change(signing.sign("undo-join", {})), max_age=DAY)
    assert refusal.value.code == "link-unknown"


def test_an_old_link_has_expired(portal):
    with portal.app.app_context(), time_machine.travel("2026-10-01 12:00", tick=False) as clock:
        text = signing.sign("undo-join", {})
        clock.shift(DAY)
        assert signing.unsign("undo-join", text, max_age=DAY) == {}
        clock.shift(timedelta(seconds=1))
        with pytest.raises(Expired):
            signing.unsign("undo-join", text, max_age=DAY)


def test_a_link_signed_for_one_purpose_opens_nothing_else(portal, monkeypatch):
    monkeypatch.setitem(signing.SALTS, "other", "partner-access/other")
    with portal.app.app_context(), pytest.raises(NotFound):
        signing.unsign("other", signing.sign("undo-join", {}), max_age=DAY)


def test_a_key_can_be_changed_while_links_and_codes_are_under_way(portal):
    with portal.app.app_context():
        _use(portal, OLD)
        link, code = signing.sign("undo-join", {"a": 1}), signing.code_fingerprint("123456", "x")
        _use(portal, NEW, OLD)
        assert signing.unsign("undo-join", link, max_age=DAY) == {"a": 1}
        assert signing.code_matches("123456", "x", code)
        _use(portal, NEW)
        with pytest.raises(NotFound):
            signing.unsign("undo-join", link, max_age=DAY)
        assert not signing.code_matches("123456", "x", code)


def _use(portal: Portal, key: str, *fallbacks: str) -> None:
    portal.app.config.update(SECRET_KEY=key, SECRET_KEY_FALLBACKS=list(fallbacks))


def test_a_code_is_good_for_its_own_request_alone(portal):
    with portal.app.app_context():
        stored = signing.code_fingerprint("123456", "request 1")
        assert signing.code_matches("123456", "request 1", stored)
        assert not signing.code_matches("123456", "request 2", stored)
        assert not signing.code_matches("123457", "request 1", stored)
        assert "123456" not in stored


def test_secrets_are_long_and_never_the_same():
    secrets = {signing.new_secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert {len(secret) for secret in secrets} == {43}
    codes = [signing.new_code() for _ in range(1000)]
    assert all(len(code) == 6 and code.isdigit() for code in codes)
    assert len(set(codes)) > 900


def test_what_is_stored_of_a_secret_is_not_the_secret():
    secret = signing.new_secret()
    assert secret not in signing.fingerprint(secret)
    assert signing.fingerprint(secret) == signing.fingerprint(secret) != signing.fingerprint(signing.new_secret())
