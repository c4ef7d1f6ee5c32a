from sqlalchemy import select, text

import pytest

from partner_access.db import SYSTEM, NoScope, ForeignRow, acting, session
from partner_access.organizations import memberships
from partner_access.organizations.models import Membership
from tests.factories import make_member, make_org


def test_one_organization_never_reads_the_rows_of_another(portal):
    acme, bolt = make_org(portal), make_org(portal, "Bolt")
    ana = make_member(portal, acme)
    bob = make_member(portal, bolt)
    with portal.acting(), acting(SYSTEM, acme.id):
        assert [row.user_id for row in memberships.listing()] == [ana.id]
    with portal.acting(), acting(SYSTEM, bolt.id):
        assert [row.user_id for row in memberships.listing()] == [bob.id]


def test_a_statement_without_an_organization_is_refused(portal):
    with portal.acting(), pytest.raises(NoScope):
        session().scalars(select(Membership)).all()
