"""People of the programme's staff, each with a browser, and two agencies to decide about."""

from __future__ import annotations

import pytest

from partner_access.accounts import sign_ins
from partner_access.accounts.models import User
from partner_access.permissions import StaffRole
from tests.credit.agencies import Agency
from tests.factories import make_user
from tests.portal import Browser, Portal


def make_staff(portal: Portal, email: str, name: str) -> User:
    """One of the programme's people, with a login."""
    user = make_user(portal, email, name=name)
    with portal.acting():
        sign_ins.grant_staff(user.email_key, StaffRole.STAFF)
    return user


@pytest.fixture
def kim(portal: Portal) -> Browser:
    make_staff(portal, "kim@meridian.example", "Kim Orr")
    return portal.sign_in("kim@meridian.example")


@pytest.fixture
def lou(portal: Portal) -> Browser:
    make_staff(portal, "lou@meridian.example", "Lou Pine")
    return portal.sign_in("lou@meridian.example")


@pytest.fixture
def acme(portal: Portal) -> Agency:
    return Agency(portal, "Acme")


@pytest.fixture
def bolt(portal: Portal) -> Agency:
    return Agency(portal, "Bolt")
