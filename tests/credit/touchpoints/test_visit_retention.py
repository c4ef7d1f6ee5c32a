"""How long visits and the key of their networks are kept, and where PostgreSQL keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from partner_access import clock
from partner_access.credit.models import NetworkKey, SignUpOrigin, Visit
from partner_access.credit.touchpoints import links, networks, visit_retention
from partner_access.db import SYSTEM, session
from tests.conftest import POSTGRESQL
from tests.factories import make_link, make_org, make_sign_up, make_visit

TODAY = datetime(2026, 1, 15, 12, tzinfo=UTC)


def at(year: int, month: int, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "months", "since"),
    [
        (at(2026, 12, 15), 13, at(2025, 11)),
        (at(2026, 1, 31), 1, at(2025, 12)),
        (at(2026, 12, 1), 12, at(2025, 12)),
        (at(2026, 11, 30), 24, at(2024, 11)),
    ],
)
def test_visits_are_kept_from_the_beginning_of_a_month_on(moment, months, since):
    assert visit_retention.kept_since(moment, months) == since


def test_old_visits_go_and_the_counts_of_their_links_stay(portal):
    org = make_org(portal)
    code = make_link(portal, org).code
    with portal.acting():
        visit_retention.make_months()
    for moment in (at(2024, 11, 30), at(2024, 12), at(2025, 6)):
        with clock.at(moment):
            token = make_visit(portal, code)
            make_sign_up(portal, f"client{moment.month}.example", referral=token)
    with clock.at(TODAY), portal.acting():
        assert visit_retention.prune() == 2  # a visit, and where its sign-up came from
        assert visit_retention.prune() == 0
        assert session().scalars(select(Visit.opened_at).order_by(Visit.number)).all() == [at(2024, 12), at(2025, 6)]
        assert session().scalar(select(func.count()).select_from(SignUpOrigin)) == 2
    with portal.acting(SYSTEM, org.id):
        assert links.visits(links.listing()) == {code: 3}


def test_the_key_of_networks_is_the_same_for_all_until_it_is_forgotten(portal):
    with clock.at(TODAY), portal.acting():
        key = networks.present_key()
        assert networks.fingerprint(key, "192.0.2.1") == networks.fingerprint(networks.present_key(), "192.0.2.7")
        assert networks.fingerprint(key, "no address") is None
    with clock.at(TODAY + timedelta(days=30)), portal.acting():
        assert networks.present_key() != key
        assert networks.forget_old_keys() == 1
        assert key not in session().scalars(select(NetworkKey.key)).all()


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite keeps them in one table")
def test_postgresql_keeps_each_month_by_itself_and_drops_it_whole(portal):
    code = make_link(portal, make_org(portal)).code
    with clock.at(TODAY):
        with portal.acting():
            assert (visit_retention.make_months(), visit_retention.make_months()) == (3, 0)
        make_visit(portal, code)
        with clock.at(at(2030, 1)):  # a clock that is wrong, or a worker that is not there
            make_visit(portal, code)
    assert _places(portal) == ["visit_2026_01", "visit_default"]
    with clock.at(at(2030, 1)), portal.acting():
        assert visit_retention.make_months() == 2, "a month that has visits by now stays where these are"
        assert visit_retention.prune() == 3
    assert _places(portal) == ["visit_default"]


def _places(portal) -> list[str]:
    with portal.app.app_context():
        statement = text("select tableoid::regclass::text from visit order by number")
        return list(session().connection().scalars(statement))
