"""The programme's integrations: its own tokens, and a test sign-up that leaves nothing."""

from __future__ import annotations

import re

from partner_access.accounts import sign_ins
from partner_access.credit.models import ClientAccount
from partner_access.db import STAFF, session
from partner_access.permissions import StaffRole
from tests.api.calls import Program
from tests.factories import make_link, make_org, make_user


def test_staff_make_a_programme_token_and_try_the_rules_without_a_trace(portal):
    make_link(portal, make_org(portal))
    user = make_user(portal)
    with portal.acting(STAFF):
        sign_ins.grant_staff(user.email_key, StaffRole.STAFF)
    browser = portal.sign_in(user.email)
    form = {"name": "Shop", "scope": "read", "days": "30"}
    made = browser.post("/staff/integrations/tokens", form, on="/staff/integrations").text
    [secret] = set(re.findall(r"pap_[0-9A-Za-z]{49}", made))
    assert Program(portal, secret).get("/orgs").status_code == 200
    for referral, told in (("acme", "acme would have the credit."), ("x", "neither the token of a visit")):
        form = {"website": "client.example", "referral": referral}
        browser.post("/staff/integrations/test-sign-up", form, on="/staff/integrations")
        assert told in browser.text
    refused = browser.post("/staff/integrations/test-sign-up", {"website": "facebook.com/x"}, on="/staff/integrations")
    assert refused.status_code == 422
    with portal.acting():
        assert session().query(ClientAccount).count() == 0
    assert [reason for reason, _ in portal.audited("api_token.created")] == [None]
