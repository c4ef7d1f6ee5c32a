"""Two agencies that most stories of credit are told with; a test that needs more of them says so itself."""

from __future__ import annotations

import pytest

from tests.credit.agencies import Agency
from tests.portal import Portal


@pytest.fixture
def acme(portal: Portal) -> Agency:
    return Agency(portal, "Acme")


@pytest.fixture
def bolt(portal: Portal) -> Agency:
    return Agency(portal, "Bolt")
