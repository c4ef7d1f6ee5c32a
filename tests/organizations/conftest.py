"""The organization that most stories of a team are told with; a test that needs another says so itself."""

from __future__ import annotations

import pytest

from partner_access.organizations.models import Organization
from tests.factories import make_team
from tests.portal import Portal


@pytest.fixture
def acme(portal: Portal) -> Organization:
    return make_team(portal)
