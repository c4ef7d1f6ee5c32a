"""Who of a team gets which mails: by role, by choice, by their own wish, and always somebody who may answer."""

from __future__ import annotations

import re
import uuid

import pytest

from partner_access.errors import Conflict, Invalid
from partner_access.organizations.domains import domain_disputes
from partner_access.organizations.entry import join_requests, unanswered_requests
from partner_access.organizations.models import Membership, Organization
from partner_access.organizations.team import memberships, recipients, topics
from partner_access.organizations.team.recipients import SavedChoice
from partner_access.organizations.team.topics import Topic, TopicReader
from partner_access.permissions import Role
from tests.factories import make_team, make_user
from tests.portal import Browser, Portal
from tests.threads import at_once

OLGA, ADAM, MIA, SAM = "olga@acme.example", "adam@acme.example", "mia@acme.example", "sam@acme.example"
PAGE = "/orgs/acme/settings"


@pytest.fixture
def acme(portal: Portal) -> Organization:
    return make_team(portal, policy="request")


def here(email: str) -> Membership:
    return next(row for row in memberships.listing() if row.user.email == email)


def of(portal: Portal, org: Organization, email: str) -> Membership:
    with portal.acting(org=org.id):
        return here(email)


def whom(portal: Portal, org: Organization, topic: Topic = Topic.TEAM) -> list[str]:
    with portal.acting(org=org.id):
        return [person.email for person in recipients.of(topic)]


def choose(portal: Portal, org: Organization, topic: Topic, *emails: str) -> SavedChoice:
    """Exactly these are chosen for a topic, by somebody who has just looked."""
    chosen = {(topic, of(portal, org, email).id) for email in emails}
    with portal.acting(org=org.id):
        before = recipients.ticks(recipients.lines())
        return recipients.choose({tick for tick in before if tick[0] != topic} | chosen, seen=before)


def want(portal: Portal, org: Organization, email: str, topic: Topic, *, is_on: bool) -> None:
    row = of(portal, org, email)
    with portal.acting(row.user.actor, org.id):
        recipients.want(row.id, topic, is_on=is_on)


# -- pure


OWNER, ADMIN, MEMBER = (uuid.UUID(int=number) for number in range(3))
BY_ROLE = [TopicReader(OWNER, Role.OWNER), TopicReader(ADMIN, Role.ADMIN)]
NOBODY = [TopicReader(OWNER, Role.OWNER, chosen=False), TopicReader(ADMIN, Role.ADMIN, chosen=False)]


@pytest.mark.parametrize(
    ("topic", "readers", "get"),
    [
        (Topic.TEAM, [*BY_ROLE, TopicReader(MEMBER, Role.MEMBER)], [OWNER, ADMIN]),
        (Topic.STATEMENT, [TopicReader(OWNER, Role.OWNER), TopicReader(MEMBER, Role.MEMBER)], [OWNER]),
        (Topic.TEAM, [TopicReader(OWNER, Role.OWNER, chosen=False), TopicReader(ADMIN, Role.ADMIN)], [ADMIN]),
        (Topic.TEAM, [TopicReader(OWNER, Role.OWNER, is_off=True), TopicReader(ADMIN, Role.ADMIN)], [ADMIN]),
        (Topic.TEAM, [TopicReader(OWNER, Role.OWNER), TopicReader(MEMBER, Role.MEMBER, chosen=True)], [OWNER, MEMBER]),
        # nobody is left who may let somebody in: those who may by their role get it as well
        (Topic.TEAM, [*NOBODY, TopicReader(MEMBER, Role.MEMBER, chosen=True)], [OWNER, ADMIN, MEMBER]),
        (
            Topic.DOMAINS,
            [TopicReader(OWNER, Role.OWNER, is_off=True), TopicReader(MEMBER, Role.MEMBER, True)],
            [OWNER, MEMBER],
        ),
        # every member works on clients, and a statement asks for nothing
        (Topic.CLIENTS, [*NOBODY, TopicReader(MEMBER, Role.MEMBER, chosen=True)], [MEMBER]),
        (Topic.CLIENTS, NOBODY, [OWNER, ADMIN]),
        (Topic.STATEMENT, NOBODY, []),
    ],
)  # fmt: skip
def test_who_gets_a_mail(topic: Topic, readers: list[TopicReader], get: list[uuid.UUID]) -> None:
    assert [reader.person for reader in topics.decide(topic, readers)] == get


# -- chosen by owners and admins


def test_until_somebody_chooses_owners_and_admins_get_the_mails_of_the_team(portal: Portal, acme: Organization) -> None:
    for topic in Topic:
        assert whom(portal, acme, topic) == [OLGA, ADAM]


def test_a_request_to_join_goes_to_who_is_chosen(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.TEAM, ADAM, MIA)
    portal.arrive(SAM)
    assert {row.to for row in portal.mails(name="join-request")} == {ADAM, MIA}
    assert whom(portal, acme, Topic.DOMAINS) == [OLGA, ADAM], "the other topics are as they were"
    people = {email: str(of(portal, acme, email).user_id) for email in (OLGA, MIA)}
    fields = {"topic": "team", "added": [people[MIA]], "removed": [people[OLGA]]}
    assert portal.audited("recipients.changed") == [("team-decided", fields)]


def test_what_is_about_safety_goes_to_all_owners_whatever_is_chosen(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.TEAM, ADAM)
    waiting = make_user(portal, "info@acme.example")
    with portal.acting():
        row = join_requests.ask(waiting, acme, reason="policy-request", domain="acme.example")
    with portal.acting(org=acme.id):
        unanswered_requests.remind_owners(row.id, acme.id)
        memberships.change_role(here(ADAM), Role.OWNER)
    assert [mail.to for mail in portal.mails(name="join-request-reminder")] == [OLGA]
    assert [mail.to for mail in portal.mails(name="new-owner")] == [OLGA], "not to whom it is about"


def test_when_all_who_were_chosen_are_gone_the_roles_decide_again(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.TEAM, ADAM)
    choose(portal, acme, Topic.STATEMENT, MIA)
    with portal.acting(org=acme.id):
        memberships.suspend(here(ADAM))
        memberships.remove(here(MIA), reason="team-decided")
    assert whom(portal, acme) == [OLGA]
    assert whom(portal, acme, Topic.STATEMENT) == [], "it asks for nothing, so it may go to nobody"
    with portal.acting(org=acme.id):
        memberships.resume(here(ADAM))
    assert whom(portal, acme) == [ADAM]


def test_who_lost_the_right_is_told_and_somebody_who_has_it_too(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.DOMAINS, ADAM)
    with portal.acting(org=acme.id):
        memberships.change_role(here(ADAM), Role.MEMBER)
        assert [address for address, _ in domain_disputes._readers(acme, "acme.example")] == [OLGA]


def test_a_choice_ends_with_the_membership(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.STATEMENT, MIA)
    with portal.acting(org=acme.id):
        row = here(MIA)
        memberships.remove(row, reason="team-decided")
        memberships.create(row.user, "member", provenance="staff")
    assert whom(portal, acme, Topic.STATEMENT) == []


def test_somebody_who_may_answer_has_to_be_chosen(portal: Portal, acme: Organization) -> None:
    with pytest.raises(Invalid, match="an owner or admin who has not taken themselves off must be left"):
        choose(portal, acme, Topic.TEAM, MIA)
    want(portal, acme, ADAM, Topic.TEAM, is_on=False)
    with pytest.raises(Invalid):
        choose(portal, acme, Topic.TEAM, ADAM)
    with pytest.raises(Invalid, match="somebody who has not"):
        choose(portal, acme, Topic.CLIENTS)
    assert choose(portal, acme, Topic.STATEMENT).changed == [Topic.STATEMENT]


def test_what_somebody_else_chose_meanwhile_stays(portal: Portal, acme: Organization) -> None:
    with portal.acting(org=acme.id):
        seen = recipients.ticks(recipients.lines())
    choose(portal, acme, Topic.DOMAINS, OLGA)
    chosen = {tick for tick in seen if tick != (Topic.STATEMENT, of(portal, acme, OLGA).id)}
    with portal.acting(org=acme.id):
        assert recipients.choose(chosen, seen=seen) == SavedChoice([Topic.STATEMENT], is_later=True)
    assert (whom(portal, acme, Topic.DOMAINS), whom(portal, acme, Topic.STATEMENT)) == ([OLGA], [ADAM])
    with portal.acting(org=acme.id):
        assert recipients.choose(chosen, seen=seen).changed == [], "sent twice is the same"


def test_admins_who_choose_at_the_same_moment_all_get_their_way(portal: Portal, acme: Organization) -> None:
    mia = of(portal, acme, MIA).id
    with portal.acting(org=acme.id):
        seen = recipients.ticks(recipients.lines())

    def add(topic: Topic) -> SavedChoice:
        with portal.acting(org=acme.id):
            return recipients.choose({*seen, (topic, mia)}, seen=seen)

    at_once(*(lambda topic=topic: add(topic) for topic in [*Topic, *Topic]))
    assert [whom(portal, acme, topic) for topic in Topic] == [[OLGA, ADAM, MIA]] * 4
    assert len(portal.audited("recipients.changed")) == 4


# -- by their own wish


def test_whoever_is_chosen_takes_themselves_off_and_on_again(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.CLIENTS, OLGA, MIA)
    mia = portal.sign_in(MIA)
    mia.get(PAGE)
    assert "Clients nobody is in charge of You get these. Take me off" in mia.text
    own = f"{PAGE}/own-mails"
    assert mia.post(own, {"topic": "clients", "on": "no"}, on=PAGE).location == PAGE
    assert whom(portal, acme, Topic.CLIENTS) == [OLGA]
    mia.get(PAGE)
    assert "You took yourself off. Put me on again" in mia.text
    assert "Took themselves off" in portal.sign_in(OLGA).get(PAGE).text
    mia.post(own, {"topic": "clients", "on": "yes"}, on=PAGE)
    mia.post(own, {"topic": "clients", "on": "yes"}, on=PAGE)
    assert whom(portal, acme, Topic.CLIENTS) == [OLGA, MIA]
    assert [why for why, _ in portal.audited("recipients.changed")] == ["team-decided", "own-choice", "own-choice"]


def test_nobody_puts_themselves_on_what_they_are_not_chosen_for(portal: Portal, acme: Organization) -> None:
    mia = portal.sign_in(MIA)
    mia.post(f"{PAGE}/own-mails", {"topic": "team", "on": "yes"}, on=PAGE)
    mia.get(PAGE)
    assert "You are not chosen for these mails." in mia.text
    assert "You are chosen for none of these." in mia.text
    assert mia.post(f"{PAGE}/own-mails", {"topic": "gossip", "on": "yes"}, on=PAGE).status_code == 404
    with pytest.raises(Conflict):
        want(portal, acme, MIA, Topic.TEAM, is_on=True)
    assert whom(portal, acme) == [OLGA, ADAM]


def test_the_last_who_may_answer_cannot_take_themselves_off(portal: Portal, acme: Organization) -> None:
    want(portal, acme, ADAM, Topic.TEAM, is_on=False)
    olga = portal.sign_in(OLGA)
    olga.post(f"{PAGE}/own-mails", {"topic": "team", "on": "no"}, on=PAGE)
    olga.get(PAGE)
    assert "must be left to answer" in olga.text
    assert whom(portal, acme) == [OLGA]


def test_who_cannot_answer_takes_themselves_off_also_when_nobody_can(portal: Portal, acme: Organization) -> None:
    choose(portal, acme, Topic.TEAM, ADAM, MIA)
    with portal.acting(org=acme.id):
        memberships.suspend(here(ADAM))
    want(portal, acme, MIA, Topic.TEAM, is_on=False)
    assert whom(portal, acme) == [OLGA]


# -- the page


def ticked(browser: Browser) -> dict[str, object]:
    """The table as the page that it looks at has it."""
    assert browser.page is not None
    html = browser.page.get_data(as_text=True)
    boxes = re.findall(r'<input type="checkbox" name="(\w+)" value="([\w-]+)"[^>]*\bchecked\b', html)
    seen = re.search(r'id="mails-seen"[^>]*value="([^"]*)"', html)
    assert seen
    return {topic: [value for name, value in boxes if name == topic] for topic in Topic} | {"seen": seen[1]}


def test_an_admin_chooses_on_the_page_and_a_member_reads_it(portal: Portal, acme: Organization) -> None:
    adam, mia = portal.sign_in(ADAM), of(portal, acme, MIA)
    adam.get(PAGE)
    form = ticked(adam)
    form["statement"] = [str(mia.id)]
    assert adam.post(f"{PAGE}/mails", form, on=PAGE).location == PAGE
    adam.get(PAGE)
    assert "Saved: Monthly statement." in adam.text
    assert ticked(adam)["statement"] == [str(mia.id)]
    reader = portal.sign_in(MIA)
    reader.get(PAGE)
    assert "on the first. Goes to Mia Member ." in reader.text
    assert "checkbox" not in reader.get(PAGE).text
    assert reader.post(f"{PAGE}/mails", form, on=PAGE).status_code == 403


def test_a_choice_that_leaves_nobody_keeps_what_was_ticked_and_says_so_at_its_topic(
    portal: Portal, acme: Organization
) -> None:
    olga, mia = portal.sign_in(OLGA), of(portal, acme, MIA)
    olga.get(PAGE)
    form = ticked(olga) | {"team": [str(mia.id), "nonsense", str(uuid.uuid4())]}
    assert olga.post(f"{PAGE}/mails", form, on=PAGE).status_code == 422
    assert olga.text.count("Requests to join: an owner or admin who has not taken themselves off") == 2
    assert ticked(olga)["team"] == [str(mia.id)]
    assert whom(portal, acme) == [OLGA, ADAM]
