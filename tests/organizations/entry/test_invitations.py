"""Invitations: by address, alone or as a pasted list, for that address alone whoever holds the link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from partner_access.accounts import sign_ins
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, session
from partner_access.organizations.directory import organizations
from partner_access.organizations.entry import invitations
from partner_access.organizations.lifecycle import pauses
from partner_access.organizations.models import Invitation, Organization
from partner_access.organizations.team import memberships
from tests.factories import make_member, make_org, make_user, staff_act
from tests.portal import PASSWORD, Browser, Portal

OLGA, ADAM, MIA = "olga@acme.example", "adam@acme.example", "mia@acme.example"
SAM, PAGE = "sam@gmail.com", "/orgs/acme/invitations"
SECRET = re.compile(r"http://localhost(/invitations/[\w-]{43})\s")


def invite(portal: Portal, addresses: str = SAM, *, role: str = "member", by: str = OLGA) -> Browser:
    browser = portal.sign_in(by)
    browser.post(PAGE, {"addresses": addresses, "role": role})
    return browser


def links(portal: Portal, to: str = SAM) -> list[str]:
    """The paths of the links that this address was mailed, oldest first."""
    return [SECRET.findall(mail.text)[0] for mail in portal.mails(to, "invitation")]


def members(portal: Portal, org: Organization) -> dict[str, str]:
    with portal.acting(org=org.id):
        return {row.user.email: row.role for row in memberships.listing() if row.is_active}


def rows(portal: Portal, org: Organization) -> Sequence[Invitation]:
    with portal.acting(), acting(SYSTEM, org.id):
        return session().scalars(select(Invitation).order_by(Invitation.id)).all()


def act(browser: Browser, row: Invitation, verb: str) -> int:
    return browser.post(f"{PAGE}/{row.id}/{verb}", on=PAGE).status_code


def first_login(portal: Portal, link: str, email: str = SAM) -> Browser:
    """A person without a login opens the link, asks, and confirms in the same browser."""
    browser = portal.browser()
    assert browser.post(link, {"name": "Sam Berg", "password": PASSWORD}).location == "/verify"
    browser.post(portal.link(email, "account-request"))
    return browser


# -- inviting


def test_an_invited_stranger_proves_the_address_and_is_in_with_the_role(portal: Portal, acme: Organization) -> None:
    invite(portal, role="admin")
    [mail] = portal.mails(SAM, "invitation")
    assert mail.subject == "Olga Owner invites you to Acme at Meridian partners"
    browser = portal.browser()
    browser.get(links(portal)[0])
    assert browser.heading == "You are invited to Acme"
    assert "Olga Owner" in browser.text
    with portal.acting():
        assert sign_ins.find(SAM) is None, "no login before it is accepted"
    sam = first_login(portal, links(portal)[0])
    assert sam.page is not None and sam.page.location == "/orgs/acme/"
    assert members(portal, acme)[SAM] == "admin"
    assert "Was invited by Olga Owner" in sam.get("/orgs/acme/team").text
    assert portal.audited("invitation.accepted") == [("invitation", {"role": "admin"})]


def test_somebody_with_a_login_joins_with_one_button(portal: Portal, acme: Organization) -> None:
    make_user(portal, SAM)
    invite(portal)
    sam = portal.sign_in(SAM)
    assert sam.get("/join").status_code == 200
    assert "Join Acme as a member" in sam.text
    sam.get(links(portal)[0])
    assert sam.heading == "Join Acme"
    assert members(portal, acme).get(SAM) is None, "looking accepts nothing"
    assert sam.post(links(portal)[0]).location == "/orgs/acme/"
    assert members(portal, acme)[SAM] == "member"


def test_a_pasted_list_is_answered_line_by_line_and_bad_lines_stay_to_be_mended(
    portal: Portal, acme: Organization
) -> None:
    pasted = f"""one@gmail.com, two@gmail.com
        THREE@gmail.com;three@GMAIL.com
        no address
        {MIA}
        Ana <ana@gmail.com>
        """
    browser = invite(portal, pasted)
    page = browser.page
    assert page is not None and page.status_code == 422
    assert "Invited: 4 addresses." in browser.text
    for told in (
        "no address: An e-mail address has an @",
        f"{MIA}: Ana Example is in the team already.".replace("Ana Example", "Mia Member"),
    ):
        assert told in browser.text
    kept = re.search(r"<textarea[^>]*>\s*(.*?)</textarea>", page.text, re.DOTALL)
    assert kept and kept[1].splitlines() == ["no address", MIA]
    assert [mail.to for mail in portal.mails(name="invitation")] == [
        "one@gmail.com",
        "two@gmail.com",
        "THREE@gmail.com",
        "ana@gmail.com",
    ]
    assert {reason for reason, _ in portal.audited("invitation.refused")} == {
        "email-no-at",
        "already-member",
    }


def test_more_than_fifty_at_once_are_refused_whole(portal: Portal, acme: Organization) -> None:
    browser = invite(portal, "\n".join(f"person{number}@gmail.com" for number in range(51)))
    assert "Enter 50 addresses or fewer at once. These are 51." in browser.text
    assert portal.mails(name="invitation") == []
    invite(portal, "\n".join(f"person{number}@gmail.com" for number in range(50)))
    assert len(portal.mails(name="invitation")) == 50


@pytest.mark.parametrize("typed", ["", " \n ", ",;", "x" * 20_001])
def test_nothing_to_invite_is_told_at_the_field(portal: Portal, acme: Organization, typed: str) -> None:
    browser = invite(portal, typed)
    assert browser.page is not None and browser.page.status_code in (303, 422)
    assert portal.mails(name="invitation") == []


@pytest.mark.parametrize(
    ("by", "role", "status"),
    [(ADAM, "owner", 403), (ADAM, "admin", 303), (OLGA, "owner", 303), (MIA, "member", 403), (OLGA, "king", 422)],
)
def test_nobody_invites_above_their_own_role(
    portal: Portal, acme: Organization, by: str, role: str, status: int
) -> None:
    browser = portal.sign_in(by)
    assert browser.post(PAGE, {"addresses": SAM, "role": role}, on="/orgs/acme/team").status_code == status
    assert len(rows(portal, acme)) == (1 if status == 303 else 0)


def test_an_admin_does_not_touch_an_owners_invitation_of_an_owner(portal: Portal, acme: Organization) -> None:
    invite(portal, role="owner")
    adam, [row] = portal.sign_in(ADAM), rows(portal, acme)
    assert "Take back" not in adam.get(PAGE).text
    assert act(adam, row, "take-back") == 403
    assert act(adam, row, "send-again") == 403
    assert rows(portal, acme)[0].revoked_at is None


def test_an_open_invitation_is_not_doubled(portal: Portal, acme: Organization) -> None:
    invite(portal)
    browser = invite(portal, "SAM@gmail.com")
    assert re.search(r"Invited already, until \d+ \w+ \d{4}\.", browser.text)
    assert len(portal.mails(name="invitation")) == len(rows(portal, acme)) == 1


# -- what the link says when it leads nowhere


def test_sending_again_makes_a_new_link_and_the_old_one_says_so(portal: Portal, acme: Organization) -> None:
    olga = invite(portal)
    assert act(olga, rows(portal, acme)[0], "send-again") == 303
    first, second = links(portal)
    assert first != second
    browser = portal.browser()
    assert browser.get(first).status_code == 410
    assert "A newer mail took the place of this one." in browser.text
    assert browser.post(first, {"name": "Sam", "password": PASSWORD}, on="/sign-in").status_code == 303
    assert portal.mails(SAM, "account-request") == []
    assert browser.get(second).status_code == 200


def test_a_revoked_one_says_so(portal: Portal, acme: Organization) -> None:
    olga, sam = invite(portal), portal.arrive("other@gmail.com")
    for _ in range(2):
        assert act(olga, rows(portal, acme)[0], "take-back") == 303
    for browser in (portal.browser(), sam):
        assert browser.get(links(portal)[0]).status_code == 410
        assert "Acme took this invitation back." in browser.text
    assert portal.audited("invitation.revoked") == [("team-decided", {})]
    portal.arrive(SAM)
    assert SAM not in members(portal, acme)
    olga.get(PAGE)  # with the note about it
    assert SAM not in olga.get(PAGE).text
    olga.post(PAGE, {"addresses": SAM, "role": "member"})
    assert len(links(portal)) == 2, "it can be sent anew"


def test_an_expired_one_says_so_and_can_be_sent_again(portal: Portal, acme: Organization) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        invite(portal)
        clock.shift(invitations.LIFE - timedelta(seconds=1))
        assert portal.browser().get(links(portal)[0]).status_code == 200
        clock.shift(timedelta(seconds=1))
        browser = portal.browser()
        assert browser.get(links(portal)[0]).status_code == 410
        assert "This invitation worked for 7 days." in browser.text
        olga = portal.sign_in(OLGA)
        assert "Expired on" in olga.get(PAGE).text
        act(olga, rows(portal, acme)[0], "send-again")
        assert browser.get(links(portal)[1]).status_code == 200


def test_a_used_one_says_so_to_others_and_takes_its_owner_in(portal: Portal, acme: Organization) -> None:
    invite(portal)
    sam = first_login(portal, links(portal)[0])
    assert sam.get(links(portal)[0]).location == "/join"
    for browser in (portal.browser(), portal.sign_in(MIA)):
        assert browser.get(links(portal)[0]).status_code == 200
        assert browser.heading == "Invitation used"
        assert browser.post(links(portal)[0], on="/help").status_code == 303
    assert len(members(portal, acme)) == 4
    olga = portal.sign_in(OLGA)
    assert act(olga, rows(portal, acme)[0], "take-back") == 303
    assert f"{SAM} has joined meanwhile." in olga.get(PAGE).text
    assert act(olga, rows(portal, acme)[0], "send-again") == 303
    assert len(links(portal)) == 1


def test_an_organization_that_is_paused_takes_nobody_in(portal: Portal, acme: Organization) -> None:
    invite(portal)
    staff_act(portal, pauses.suspend, acme)
    browser = portal.browser()
    assert browser.get(links(portal)[0]).status_code == 410
    assert "Acme is paused by the programme" in browser.text


@pytest.mark.parametrize(
    "path",
    [
        "/invitations/unknown",
        f"/invitations/{'x' * 43}",
        "/invitations/%00",
        "/invitations/proofs/x",
        "/invitations/proofs/x.y.z",
    ],
)
def test_an_unknown_link_is_a_404_that_says_what_to_do(portal: Portal, path: str) -> None:
    browser = portal.browser()
    assert browser.get(path).status_code == 404
    assert "Open it from the mail once more, whole" in browser.text
    assert browser.post(path, on="/sign-in").status_code == 404


def test_the_secret_is_in_the_mail_alone(portal: Portal, acme: Organization) -> None:
    invite(portal)
    secret = links(portal)[0].rpartition("/")[2]
    for email in (OLGA, ADAM):
        browser = portal.sign_in(email)
        for path in (PAGE, "/orgs/acme/team", "/orgs/acme/"):
            assert secret not in browser.get(path).text
    assert all(secret not in str(vars(row)) for row in rows(portal, acme))
    with portal.acting():
        found = invitations.find(secret)
        assert found is not None and found[1].fingerprint != secret
    page = portal.browser().get(links(portal)[0])
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == ("no-referrer", "no-store")
    assert page.text.count(secret) == 0, "not even in the form's own address"


# -- somebody else's hands: forwarded, guessed, spelled otherwise


def test_a_forwarded_link_opened_with_another_login_says_whose_it_is_and_lets_nobody_in(
    portal: Portal, acme: Organization
) -> None:
    invite(portal)
    carol = portal.arrive("carol@gmail.com")
    link = links(portal)[0]
    carol.get(link)
    assert carol.heading == "This invitation is for another address"
    assert "carol@gmail.com" in carol.text and SAM in carol.text
    assert carol.post(link).location == link
    assert "carol@gmail.com" not in members(portal, acme)
    assert carol.post(f"{link}/sign-out", on=link).location == link
    carol.get(link)
    assert carol.heading == "You are invited to Acme"


def test_a_forwarded_link_opened_without_a_login_still_needs_the_mailbox(portal: Portal, acme: Organization) -> None:
    invite(portal)
    carol = portal.browser()
    carol.post(links(portal)[0], {"name": "Carol", "password": "carol knows this one"})
    carol.get("/verify")
    assert SAM in carol.text
    with portal.acting():
        assert sign_ins.find(SAM) is None
    owner = portal.browser()
    owner.post(portal.link(SAM, "account-request"), {"password": PASSWORD})
    assert members(portal, acme)[SAM] == "member"
    assert carol.get("/me").status_code == 303, "whoever asked is not let in by a click elsewhere"
    assert portal.browser().post("/sign-in", {"email": SAM, "password": "carol knows this one"}).status_code == 422


def proof_link(portal: Portal) -> str:
    found = re.search(r"http://localhost(/invitations/proofs/\S+)", portal.mails(SAM, "invitation-proof")[-1].text)
    assert found
    return found[1]


def test_another_login_joins_once_the_invited_address_is_proved_too(portal: Portal, acme: Organization) -> None:
    invite(portal, role="admin")
    ana = portal.arrive("ana@outlook.com")
    link = links(portal)[0]
    assert ana.post(f"{link}/prove", on=link).location == link
    assert f"We sent a mail to {SAM}." in ana.get(link).text
    proof = proof_link(portal)
    ana.get(proof)
    assert ana.heading == "Join Acme as ana@outlook.com"
    assert ana.post(proof).location == "/orgs/acme/"
    assert members(portal, acme)["ana@outlook.com"] == "admin"
    assert SAM not in members(portal, acme)
    assert f"Was invited by Olga Owner, at {SAM}" in ana.get("/orgs/acme/team").text
    assert ana.get(proof).location == "/join"
    with portal.acting():
        assert sign_ins.find(SAM) is None, "the proved address gets no login of its own"


def test_a_proof_clicked_by_the_mailbox_in_its_own_browser_lets_the_forwardee_in_no_further(
    portal: Portal, acme: Organization
) -> None:
    """Carol got the mail forwarded and asks; Sam, who reads the mailbox, clicks whatever comes."""
    invite(portal)
    carol = portal.arrive("carol@gmail.com")
    link = links(portal)[0]
    carol.post(f"{link}/prove", on=link)
    for browser in (portal.browser(), portal.sign_in(MIA)):
        browser.get(proof_link(portal))
        assert browser.heading == "Open this link where you asked for it"
        assert browser.post(proof_link(portal), on="/help").status_code == 303
    assert "carol@gmail.com" not in members(portal, acme)


def test_a_proof_ends_with_its_day_and_with_the_invitation(portal: Portal, acme: Organization) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        olga = invite(portal)
        ana = portal.arrive("ana@outlook.com")
        link = links(portal)[0]
        ana.post(f"{link}/prove", on=link)
        clock.shift(invitations.PROOF_LIFE + timedelta(seconds=1))
        assert portal.browser().get(proof_link(portal)).status_code == 410
        ana = portal.sign_in("ana@outlook.com")
        ana.post(f"{link}/prove", on=link)
        olga = portal.sign_in(OLGA)
        act(olga, rows(portal, acme)[0], "take-back")
        assert ana.get(proof_link(portal)).status_code == 410
        assert ana.post(proof_link(portal), on="/help").status_code == 303
    assert "ana@outlook.com" not in members(portal, acme)


@pytest.mark.parametrize(
    ("invited", "comes", "is_in"),
    [
        ("SAM@Gmail.com", "sam@gmail.com", True),
        ("sam@gmail.com", "SAM@GMAIL.COM", True),
        ("sam@münchen.example", "sam@xn--mnchen-3ya.example", True),
        ("sam@gmail.com", "sam+x@gmail.com", False),
        ("sam+x@gmail.com", "sam@gmail.com", False),
        ("sam@gmail.com", "s.am@gmail.com", False),
        ("sam@gmail.com", "sam@googlemail.com", False),
        ("sam@gmail.com", "sam@gmai1.com", False),
        ("info@other.example", "info@other.example", True),
        ("sam@strasse.example", "sam@xn--strae-oqa.example", False),
    ],
)
def test_an_invitation_is_for_the_same_address_in_whatever_spelling_and_no_other(
    portal: Portal, acme: Organization, invited: str, comes: str, is_in: bool
) -> None:
    invite(portal, invited)
    portal.arrive(comes.replace("SAM@GMAIL.COM", "SAM@gmail.com"))
    assert (len(members(portal, acme)) == 4) is is_in


@pytest.mark.parametrize(
    "typed", ["ſam@gmail.com", "sаm@gmail.com", "sam＠gmail.com", "sam@gmail.com\u200b.evil.example"]
)
def test_letters_that_only_look_like_others_are_no_address(portal: Portal, acme: Organization, typed: str) -> None:
    invite(portal, typed)
    assert SAM not in {mail.to for mail in portal.mails(name="invitation")}


def test_whoever_asked_for_the_address_before_the_invitation_gets_nothing_from_it(
    portal: Portal, acme: Organization
) -> None:
    """Pre-hijacking: the attacker's request, with the attacker's password, waits for the victim's click."""
    attacker = portal.ask(SAM, password="attacker knows this one")
    invite(portal, role="admin")
    victim = portal.browser()
    victim.post(portal.link(SAM, "account-request"), {"password": PASSWORD})
    assert members(portal, acme)[SAM] == "admin"
    assert attacker.get("/orgs/acme/").status_code == 303
    assert portal.browser().post("/sign-in", {"email": SAM, "password": "attacker knows this one"}).status_code == 422


def test_an_attackers_own_login_takes_no_invitation_of_the_address_it_is_named_after(
    portal: Portal, acme: Organization
) -> None:
    """Pre-hijacking: a name is not an address, and an attacker may be called like one."""
    make_user(portal, "attacker@gmail.com", name="Sam Berg")
    invite(portal)
    attacker = portal.sign_in("attacker@gmail.com")
    assert attacker.post(f"/join/{acme.id}", on="/join").status_code == 404
    assert attacker.get("/join").status_code in (200, 303)
    assert "Acme" not in attacker.text


def test_a_session_from_before_somebody_was_removed_accepts_what_it_is_invited_to_and_nothing_else(
    portal: Portal, acme: Organization
) -> None:
    mia = portal.sign_in(MIA)
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = [row for row in memberships.listing() if row.user.email == MIA]
        memberships.remove(row, reason="team-decided")
    invite(portal)
    assert mia.post(links(portal)[0], on="/help").status_code == 303
    assert MIA not in members(portal, acme)
    invite(portal, MIA)
    assert mia.post(links(portal, MIA)[0]).location == "/orgs/acme/"
    assert members(portal, acme)[MIA] == "member"


@pytest.mark.parametrize("act_on_adam", ["remove", "suspend", "demote"])
def test_who_loses_the_right_to_invite_leaves_no_open_door_behind(
    portal: Portal, acme: Organization, act_on_adam: str
) -> None:
    invite(portal, SAM, role="admin", by=ADAM)
    invite(portal, "kept@gmail.com", by=OLGA)
    with portal.acting(), acting(SYSTEM, acme.id):
        [row] = [row for row in memberships.listing() if row.user.email == ADAM]
        if act_on_adam == "remove":
            memberships.remove(row, reason="team-decided")
        elif act_on_adam == "suspend":
            memberships.suspend(row)
        else:
            memberships.change_role(row, memberships.Role.MEMBER)
    portal.arrive(SAM)
    assert SAM not in members(portal, acme)
    assert portal.audited("invitation.revoked") == [("inviter-lost-the-right", {})]
    portal.arrive("kept@gmail.com")
    assert "kept@gmail.com" in members(portal, acme)


def test_an_invitation_lifts_no_suspension(portal: Portal, acme: Organization) -> None:
    with portal.acting(), acting(SYSTEM, acme.id):
        invitations.send(invitations.invite(invitations.address(MIA), "owner"))
        [row] = [row for row in memberships.listing() if row.user.email == MIA]
        memberships.suspend(row)
    mia = portal.sign_in(MIA)
    assert mia.post(links(portal, MIA)[0]).status_code == 403
    mia.get("/join")
    assert mia.heading == "Your access to Acme is suspended"
    browser = invite(portal, MIA)
    assert "They are suspended: resume them on their page." in browser.text


def test_who_waits_to_be_let_in_waits_no_more_once_invited(portal: Portal) -> None:
    org = make_org(portal, policy="request")
    make_member(portal, org, OLGA, role="owner")
    sam = portal.arrive("sam@acme.example")
    invite(portal, "sam@acme.example")
    assert sam.post(links(portal, "sam@acme.example")[0]).location == "/orgs/acme/"
    assert "Waiting for you" not in portal.sign_in(OLGA).get("/orgs/acme/team").text


# -- mail bombing


def test_one_address_gets_three_invitations_a_day_however_many_organizations_send_them(
    portal: Portal, acme: Organization
) -> None:
    olga = invite(portal)
    for _ in range(3):
        act(olga, rows(portal, acme)[0], "send-again")
    assert "This address got several invitations today." in olga.get(PAGE).text
    bolt = make_org(portal, "Bolt")
    make_member(portal, bolt, "bo@bolt.example", role="owner")
    bo = portal.sign_in("bo@bolt.example")
    bo.post("/orgs/bolt/invitations", {"addresses": "Sam@gmail.com", "role": "member"})
    assert "This address got several invitations today." in bo.text
    assert len(portal.mails(SAM, "invitation")) == invitations.MAILS_TO_ONE_A_DAY


@pytest.mark.slow
def test_an_organization_sends_a_hundred_invitations_a_day(portal: Portal, acme: Organization) -> None:
    for start in (0, 50):
        invite(portal, "\n".join(f"person{number}@gmail.com" for number in range(start, start + 50)))
    browser = invite(portal, "one-more@gmail.com", by=ADAM)
    assert "Your organization has sent 100 invitations today." in browser.text
    assert len(portal.mails(name="invitation")) == invitations.MAILS_A_DAY
    with time_machine.travel(now() + timedelta(days=1)):
        invite(portal, "one-more@gmail.com", by=ADAM)
    assert portal.mails("one-more@gmail.com", "invitation")


def test_asking_for_proofs_is_limited(portal: Portal, acme: Organization) -> None:
    invite(portal)
    carol = portal.arrive("carol@gmail.com")
    link = links(portal)[0]
    statuses = [carol.post(f"{link}/prove", on=link).status_code for _ in range(10)]
    assert statuses == [303] * 9 + [429], "the invitation was the tenth"
    assert len(portal.mails(SAM, "invitation-proof")) == 9


def test_a_link_that_staff_once_sent_renews_nothing_that_a_team_invited_to(portal: Portal, acme: Organization) -> None:
    portal.run("org", "create", "Bolt", "--domain", "bolt.example", "--owner", SAM)
    invite(portal, role="admin")
    vouched = portal.link(SAM, "owner-welcome")
    with time_machine.travel(now() + invitations.LIFE + timedelta(hours=1)):
        browser = portal.browser()
        assert browser.post(f"{vouched}/again", on=vouched).location == "/verify"
        browser.post(portal.link(SAM, "account-request"), {"password": PASSWORD})
    assert SAM not in members(portal, acme)
    with portal.acting():
        bolt = organizations.found(organizations.find("bolt"))
    assert members(portal, bolt) == {SAM: "owner"}
