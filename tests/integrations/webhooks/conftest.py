"""A receiver that may be posted to, and what every test of webhooks does with it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from tests.portal import Portal
from tests.servers.receiver import Receiver


@pytest.fixture
def receiver(portal: Portal) -> Iterator[Receiver]:
    """A receiver on loopback, where this portal may post to."""
    portal.app.config["WEBHOOK_NETWORKS"] = [ip_network("127.0.0.1/32")]
    with Receiver() as started:
        yield started
