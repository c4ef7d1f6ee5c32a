"""The programme that benchmarks run on is one that the portal itself could have written."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from benchmarks import data
from partner_access.credit.models import Client, ClientAccount, OrgTotals, SourceCredit
from partner_access.db import SYSTEM, session
from partner_access.keys.sites import site_key
from partner_access.organizations.directory import organizations
from tests.portal import Portal

ACCOUNTS, SHARE = 300, 0.2


@pytest.fixture
def programme(portal: Portal) -> Portal:
    data.fill(portal.app, ACCOUNTS, SHARE)
    return portal


@pytest.mark.parametrize("command", ["ledger", "credit"])
def test_both_verify_commands_find_nothing_wrong(programme, command):
    result = programme.run(command, "verify")
    assert result.exit_code == 0, result.output


def test_the_first_organization_has_its_share_and_every_site_is_its_own_key(programme):
    with programme.acting():
        first = organizations.find("agency-0")
        assert first is not None
        sites = session().scalars(select(ClientAccount.site)).all()
        won = session().scalar(select(func.count()).where(SourceCredit.org_id == first.id))
    assert len(sites) == ACCOUNTS and len(set(sites)) == ACCOUNTS
    assert all(site_key(site) == site for site in sites)
    assert won == ACCOUNTS * SHARE
    with programme.acting(SYSTEM, first.id):
        states = session().scalars(select(Client.state)).all()
        totals = session().scalars(select(OrgTotals)).one()
    assert {"active", "declined"} <= set(states)
    assert (totals.active, totals.declined) == (states.count("active"), states.count("declined"))


def test_a_database_that_has_organizations_is_left_alone(programme):
    with pytest.raises(Exception, match="Take an empty one"):
        data.fill(programme.app, ACCOUNTS, SHARE)
