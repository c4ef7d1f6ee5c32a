"""The table of threats: what an attacker would try to get in, to find out or to annoy, and the tests that try it.

THREATS names for each the tests that show the answer; those that belong to no feature alone stand below. BOUNDS says
of every mail what keeps it from being sent without end. Both tables are held against what there is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest

from partner_access import clock, create_app
from partner_access.accounts.models import User
from partner_access.clock import now
from partner_access.db import SYSTEM, acting, database
from partner_access.errors import Forbidden
from partner_access.organizations.team import memberships
from tests.conftest import ENVIRONMENT
from tests.factories import make_member, make_org, make_sign_up, make_user
from tests.house.source import ROOT
from tests.portal import PASSWORD, Browser, Portal

THREATS: dict[str, tuple[str, ...]] = {
    "pre-hijacking 1, classic: the attacker asks with the victim's address and waits for the victim's click": (
        "organizations/routes/test_verify.py::test_the_password_of_whoever_asked_never_works_when_the_mailbox_confirms_elsewhere",
        "organizations/routes/test_verify.py::test_the_button_alone_does_nothing_in_another_browser",
        "organizations/routes/test_verify.py::test_two_who_asked_for_one_address_make_one_person_with_the_password_of_the_mailbox",
        "organizations/routes/test_verify.py::test_a_new_link_asked_for_elsewhere_leaves_the_askers_password_behind",
        "organizations/entry/test_invitations.py::test_whoever_asked_for_the_address_before_the_invitation_gets_nothing_from_it",
    ),
    "pre-hijacking 2, unexpired session: a session from before the victim took the login over goes on": (
        "accounts/test_account_requests.py::test_there_is_no_login_before_the_mailbox_is_proved",
        "accounts/routes/test_passwords.py::"
        "test_a_mailed_link_sets_a_new_password_and_signs_in_here_and_out_everywhere_else",
        "accounts/routes/test_sign_in.py::test_signing_in_takes_a_fresh_cookie_and_ends_the_session_before",
        "accounts/routes/test_sign_in.py::test_signing_out_kills_the_cookie_even_a_copied_one",
        "organizations/routes/test_emails.py::test_the_new_mailbox_is_proved_before_anything_changes",
        "organizations/entry/test_invitations.py::"
        "test_a_session_from_before_somebody_was_removed_accepts_what_it_is_invited_to_and_nothing_else",
    ),
    "pre-hijacking 3, trojan identifier: a second address or a link that leads into the login is left behind": (
        "organizations/routes/test_emails.py::test_a_strangers_click_does_not_give_their_address_to_whoever_asked",
        "organizations/routes/test_emails.py::test_a_link_to_set_a_password_stops_with_the_old_address",
        "organizations/routes/test_emails.py::test_an_address_that_got_a_login_meanwhile_is_refused",
        "organizations/routes/test_emails.py::test_the_old_address_takes_the_login_back_and_whoever_had_it_is_out",
        "accounts/routes/test_passwords.py::test_a_link_mailed_before_the_password_changed_has_stopped",
    ),
    "pre-hijacking 4, unexpired change of address: it was asked for before the victim came, and is finished after": (
        "organizations/routes/test_emails.py::test_a_new_password_stops_a_change_that_was_asked_for_before",
        "organizations/routes/test_emails.py::test_a_newer_wish_replaces_the_older_one",
    ),
    "pre-hijacking 5, unproved identity: a way in that asks no mailbox, or another one than the invited": (
        "threats/test_threats.py::test_no_membership_is_made_for_an_address_that_was_not_proved",
        "organizations/entry/test_invitations.py::test_a_forwarded_link_opened_without_a_login_still_needs_the_mailbox",
        "organizations/entry/test_invitations.py::test_another_login_joins_once_the_invited_address_is_proved_too",
        "organizations/entry/test_invitations.py::"
        "test_an_attackers_own_login_takes_no_invitation_of_the_address_it_is_named_after",
        "cli/test_organizations.py::test_being_staff_needs_the_proved_mailbox",
    ),
    "a mail scanner opens every link": (
        "organizations/entry/test_scanners.py::test_opening_every_link_ten_times_changes_nothing",
        "house/tenancy/test_get_changes_nothing.py::test_get_and_head_change_nothing",
    ),
    "an invitation is forwarded": (
        "organizations/entry/test_invitations.py::"
        "test_a_forwarded_link_opened_with_another_login_says_whose_it_is_and_lets_nobody_in",
        "organizations/entry/test_invitations.py::"
        "test_a_proof_clicked_by_the_mailbox_in_its_own_browser_lets_the_forwardee_in_no_further",
        "organizations/entry/test_admissions.py::test_nobody_takes_an_invitation_to_another_address",
        "threats/test_same_answers.py::test_an_address_is_answered_alike_whosever_it_is",
    ),
    "an invitation is used again, late, or after whoever sent it lost the right to": (
        "organizations/entry/test_invitations.py::test_a_used_one_says_so_to_others_and_takes_its_owner_in",
        "organizations/entry/test_invitations.py::test_sending_again_makes_a_new_link_and_the_old_one_says_so",
        "organizations/entry/test_invitations.py::test_an_expired_one_says_so_and_can_be_sent_again",
        "organizations/entry/test_invitations.py::test_a_revoked_one_says_so",
        "organizations/entry/test_invitations.py::test_who_loses_the_right_to_invite_leaves_no_open_door_behind",
        "organizations/entry/test_races.py::test_twenty_who_accept_one_invitation_at_once_make_one_membership",
    ),
    "a rival invites somebody before they arrive": (
        "organizations/entry/test_admissions.py::"
        "test_who_was_invited_elsewhere_first_is_told_of_the_organization_of_their_domain",
        "organizations/entry/test_admissions.py::test_nobody_asks_to_join_while_an_invitation_is_open",
    ),
    "letters that look alike, other cases, other scripts": (
        "threats/test_threats.py::test_an_address_in_other_letters_is_the_same_or_another_and_never_in_between",
        "organizations/entry/test_invitations.py::"
        "test_an_invitation_is_for_the_same_address_in_whatever_spelling_and_no_other",
        "organizations/entry/test_invitations.py::test_letters_that_only_look_like_others_are_no_address",
        "organizations/entry/test_admissions.py::test_a_domain_that_only_looks_alike_lets_nobody_in",
        "organizations/entry/test_admissions.py::test_a_domain_in_another_spelling_is_the_same_domain",
        "keys/test_sites.py::test_an_address_is_normalised_for_mail_and_for_identity",
    ),
    "plus-addresses: one mailbox comes as many people, or back after it was shut out": (
        "organizations/entry/test_admissions.py::test_shared_mailboxes_and_plus_addresses_of_members_are_let_in_by_an_admin",
        "organizations/entry/test_admissions.py::test_one_mailbox_joins_once_however_many_tags_its_addresses_have",
        "organizations/entry/test_admissions.py::test_who_is_shut_out_does_not_come_back_by_another_spelling_of_the_address",
        "organizations/entry/test_admissions.py::test_a_tombstone_is_not_washed_off_by_a_change_of_address",
    ),
    "role mailboxes, which several people read": (
        "organizations/entry/test_admissions.py::test_shared_mailboxes_and_plus_addresses_of_members_are_let_in_by_an_admin",
        "organizations/domains/test_policies.py::test_nobody_is_offered_what_they_would_have_to_ask_for",
    ),
    "a hostile Host, or a header that speaks of another one": (
        "house/test_access.py::test_no_page_is_shown_to_a_host_that_is_not_ours",
        "threats/test_threats.py::test_no_header_changes_where_a_mail_or_a_page_leads",
        "test_guard.py::test_a_limit_counts_a_network_and_not_who_says_to_be_another",
    ),
    "a hostile next": (
        "accounts/routes/test_sign_in.py::test_next_never_leads_to_another_site",
        "test_guard.py::test_nobody_is_sent_to_another_site_after_signing_in",
    ),
    "a form on another website": (
        "house/test_access.py::test_no_form_is_taken_from_another_site_even_with_its_token",
        "house/test_access.py::test_no_form_is_taken_without_its_token",
        "house/test_access.py::test_a_token_of_another_browser_is_none",
    ),
    "mail bombing": (
        "threats/test_threats.py::test_one_victim_gets_a_bounded_number_of_mails_whoever_uses_whatever_way",
        "threats/test_threats.py::test_of_every_mail_it_is_said_what_bounds_it",
        "accounts/test_throttles.py::test_all_ways_together_mail_an_address_ten_times_an_hour_and_25_a_day",
        "organizations/entry/test_invitations.py::"
        "test_one_address_gets_three_invitations_a_day_however_many_organizations_send_them",
        "credit/handovers/test_handovers.py::test_one_address_gets_ten_mails_a_day_however_many_partners_cause_them",
        "credit/managed/test_claims.py::"
        "test_one_address_is_asked_ten_times_a_day_and_the_other_lines_stay_to_be_sent_again",
    ),
    "enumeration by body, header, status and work done": (
        "threats/test_same_answers.py::test_an_address_is_answered_alike_whosever_it_is",
        "threats/test_same_answers.py::test_so_it_is_when_a_limit_is_reached",
        "house/tenancy/test_tenancy.py::test_nobody_sees_or_touches_more_than_the_labels_allow",
    ),
    "guessing passwords and codes": (
        "accounts/routes/test_sign_in.py::test_ten_wrong_passwords_within_five_minutes_close_the_door_for_this_address",
        "accounts/routes/test_sign_in.py::test_wrong_passwords_of_strangers_do_not_close_a_persons_own_browser",
        "accounts/routes/test_sign_in.py::test_after_a_hundred_wrong_in_a_row_only_a_mailed_link_lets_in",
        "accounts/routes/test_sign_in.py::test_a_network_is_closed_by_many_accounts_not_by_one_colleague",
        "accounts/routes/test_sign_in.py::test_of_forty_tries_at_once_ten_are_answered",
        "organizations/routes/test_verify.py::test_the_code_has_five_tries",
        "organizations/routes/test_verify.py::test_asking_again_and_again_does_not_make_the_code_guessable",
    ),
    "filling the log, the disk or the processor": (
        "test_guard.py::test_who_is_refused_without_end_fills_no_log_and_hides_nothing",
        "test_guard.py::test_neither_does_somebody_signed_in_who_only_looks",
        "test_guard.py::test_a_form_without_its_token_costs_no_statement_and_no_hash",
        "house/test_access.py::test_whatever_a_stranger_can_send_is_limited",
    ),
}

MAILBOX, PARTNER, TEAM, STAFF, OWN = (
    "with all ways together ten an hour and 25 a day, then one an hour of each way (throttles.take_mail)",
    "so many a day of one organization and to one address; more come on later days (credit/clients/mail_limits.py)",
    "it goes to the team, once for each thing that happens there",
    "it is caused by the programme's staff or by the clock",
    "it is caused by the person who gets it, signed in or with a secret of their own",
)
BOUNDS: dict[str, str] = {
    "webhook-off": "once for each time that staff or a manager switched it on (integrations/webhooks)",
    "account-request": MAILBOX, "account-exists": MAILBOX, "password-reset": MAILBOX, "no-login": MAILBOX,
    "email-change": MAILBOX, "email-change-known": MAILBOX, "invitation-proof": MAILBOX,
    "invitation": "100 a day of one organization, 3 to one address (organizations/entry/invitations.py)",
    "transfer": PARTNER, "managed-ask": PARTNER,
    "sign-up": "3 a day to one address (credit/clients/mail_limits.py)", "sign-up-reminder": "the same, once a sign-up",
    "transfer-reminder": "twice for a hand-over", "managed-reminder": "twice for a claim",
    "join-request": "100 a day about one organization (organizations/entry/join_requests.py)",
    "join-request-reminder": "100 a day about one organization (organizations/entry/join_requests.py)",
    "joined": "one mailbox joins once (organizations/entry/same_mailbox.py)",
    "hand-over-asked": "once for each link that was sent", "hand-over-refused": "once for each link that was sent",
    "domain-offer": "once for a person and an organization",
    **dict.fromkeys((
        "hand-over-accepted", "hand-over-due", "managed-confirmed", "managed-ended", "managed-not-confirmed",
        "domain-lapsed", "domain-missing", "lead-free", "recovery-started", "recovery-granted", "recovery-refused",
        "review-opened", "review-closed", "review-overdue", "ruling", "statement", "client-merged",
        "credit-ended", "credit-resumed", "late-answers",
        "membership-changed", "new-owner",
    ), TEAM),
    **dict.fromkeys((
        "application-approved", "application-declined", "owner-welcome", "domain-disputed", "domain-ruled",
        "join-request-unanswered", "owner-appointed", "org-paused", "org-resumed", "org-closed", "org-merged",
        "join-request-over", "transfer-kept",
    ), STAFF),
    **dict.fromkeys((
        "application-received", "join-request-received", "join-request-approved", "join-request-declined",
        "join-request-expired", "email-changed", "password-changed", "transfer-accepted", "managed-receipt",
        "managed-over",
    ), OWN),
}  # fmt: skip
"""Mail -> why nobody can have it sent without end."""


def test_every_threat_has_its_tests() -> None:
    missing = [test for tests in THREATS.values() for test in tests if not _exists(*test.split("::"))]
    assert missing == []


def _exists(path: str, name: str) -> bool:
    file = ROOT / "tests" / path
    return file.exists() and f"\ndef {name}(" in file.read_text()


def test_of_every_mail_it_is_said_what_bounds_it() -> None:
    there_are = {path.name for path in (ROOT / "templates" / "mail").iterdir() if path.is_dir()}
    assert set(BOUNDS) == there_are


# -- getting in -------------------------------------------------------------------------------------------------------


def test_no_membership_is_made_for_an_address_that_was_not_proved(portal: Portal) -> None:
    acme = make_org(portal)
    with portal.acting(), acting(SYSTEM, acme.id):
        unproved = User(name="X", email="x@acme.example", email_key="x@acme.example", password_hash="", proved_at=None)
        with pytest.raises(Forbidden):
            memberships.create(unproved, "member", provenance="staff")


KNOWN = "sam@strasse.example"
IN_OTHER_LETTERS: dict[str, str] = {
    "SAM@Strasse.Example": KNOWN,
    " sam@strasse.example\n": KNOWN,
    "sam@ＳＴＲＡＳＳＥ.example": KNOWN,  # full width
    "sam@ſtrasse.example": KNOWN,  # long s
    "sam@strasse。example": KNOWN,  # ideographic full stop
    "sam@strasse.example\u200b": KNOWN,  # zero width
    "sam@straße.example": "sam@xn--strae-oqa.example",
    "sam@XN--STRAE-OQA.example": "sam@xn--strae-oqa.example",
    "sam@strаsse.example": "sam@xn--strsse-5nf.example",  # Cyrillic a
    "sam@strassé.example": "sam@xn--strass-gva.example",
    "sam@strasse.example.": "",  # trailing dot
    "sam@strasse.examp\u200dle": "",  # zero-width joiner
    "ſam@strasse.example": "",  # long s, before the @
    "sаm@strasse.example": "",  # Cyrillic a
    "ｓam@strasse.example": "",  # full width
    "sam＠strasse.example": "",  # full-width @
    "sam@evil.example@strasse.example": "",
    "sam@strasse.example,sam@evil.example": "",
    "sam@strasse.example\x00@evil.example": "",
}
"""What is typed -> the address that is mailed, which is the identity too; '' where it is told at the field."""


@pytest.mark.parametrize(("typed", "mailed"), IN_OTHER_LETTERS.items(), ids=map(ascii, IN_OTHER_LETTERS))
def test_an_address_in_other_letters_is_the_same_or_another_and_never_in_between(
    portal: Portal, typed: str, mailed: str
) -> None:
    """What is compared is what is mailed: else somebody's link would go to a mailbox that only looks like theirs."""
    make_user(portal, KNOWN)
    browser, is_same = portal.browser(), mailed == KNOWN
    for path in ("/request-account", "/forgot-password"):
        page = browser.post(path, {"name": "Sam Berg", "email": typed, "password": PASSWORD})
        assert page.status_code == (303 if mailed else 422)
    expected = ["account-exists", "password-reset"] if is_same else ["account-request", "no-login"]
    assert [(mail.name, mail.to) for mail in portal.mails()] == [(name, mailed) for name in expected if mailed]
    signed_in = browser.post("/sign-in", {"email": typed, "password": PASSWORD}).status_code == 303
    assert signed_in is is_same


# -- where links lead -------------------------------------------------------------------------------------------------

HEADERS = (
    "X-Forwarded-Host",
    "X-Forwarded-Server",
    "X-Host",
    "X-Original-Host",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Forwarded-Prefix",
    "Forwarded",
    "Referer",
)


@pytest.fixture(params=["0", "1"], ids=["no proxy", "behind one"])
def facing(request: pytest.FixtureRequest, database_url: str) -> Iterator[Portal]:
    """A portal of its own, with a proxy in front that it trusts, or none."""
    settings = ENVIRONMENT | {"DATABASE_URL": database_url, "TRUSTED_PROXIES": request.param}
    app = create_app(settings, PASSWORD_MEMORY_KIB=8)
    yield Portal(app, database_url)
    with app.app_context():
        database.engine.dispose()


def test_no_header_changes_where_a_mail_or_a_page_leads(facing: Portal) -> None:
    make_member(facing, make_org(facing), "ana@acme.example", role="owner")
    said = dict.fromkeys(HEADERS, "evil.example") | {"Forwarded": "host=evil.example", "X-Original-URL": "/x"}
    browser = facing.browser()
    for path, form in (
        ("/request-account", {"name": "Sam", "email": "sam@acme.example", "password": PASSWORD}),
        ("/forgot-password", {"email": "ana@acme.example"}),
        ("/sign-in?next=/orgs/acme/team", {"email": "ana@acme.example", "password": PASSWORD}),
    ):
        page = browser.post(path, form, headers=said)
        assert (page.status_code, page.location[0]) == (303, "/")
    page = browser.get("/orgs/acme/team", headers=said)
    assert "http://localhost/request-account" in page.text
    assert "evil" not in page.text + str(page.headers)
    for mail in facing.mails():
        assert "evil" not in mail.text + mail.html + mail.subject
        links = re.findall(r"https?://[^/\s\"<]+", mail.text + mail.html)
        assert links and set(links) == {"http://localhost"}


# -- mail bombing -----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_victim_gets_a_bounded_number_of_mails_whoever_uses_whatever_way(portal: Portal) -> None:
    """Strangers from many networks, people with a login, and two partners, all at it within one hour."""
    victim = make_user(portal, "victim@gmail.com").email
    with clock.at(now().replace(hour=10, minute=1)):
        partners = [_partner(portal, name) for name in ("Acme", "Bolt")]
        for number in range(7):
            _bomb_as_stranger(portal, victim, f"198.51.100.{number}")
        for number in range(3):
            _bomb_as_person(portal, victim, number)
        for number, (partner, slug) in enumerate(partners):
            _bomb_as_partner(portal, partner, slug, victim, number)
    today, *later = _by_day(portal, victim)
    assert today == {MAILBOX: 10}
    assert later == [{PARTNER: 10}, {PARTNER: 6}]


def _by_day(portal: Portal, victim: str) -> list[Counter[str]]:
    """What bounds the mails to somebody, of each day on which some are sent."""
    days: dict[date, Counter[str]] = {}
    for mail in portal.mails(victim):
        days.setdefault(portal.due(mail).date(), Counter())[BOUNDS[mail.name]] += 1
    return [days[day] for day in sorted(days)]


def _partner(portal: Portal, name: str) -> tuple[Browser, str]:
    org = make_org(portal, name)
    return portal.sign_in(make_member(portal, org, role="owner").email), org.slug


def _bomb_as_stranger(portal: Portal, victim: str, ip: str) -> None:
    browser = portal.browser()
    token = browser._token("/help") or browser._token("/sign-in")
    form = {"name": "Sam", "email": victim, "password": PASSWORD, "csrf_token": token}
    for path in ("/request-account", "/verify/again", "/forgot-password"):
        browser.client.post(path, data=form, environ_overrides={"REMOTE_ADDR": ip})


def _bomb_as_person(portal: Portal, victim: str, number: int) -> None:
    browser = portal.sign_in(make_user(portal).email)
    for _ in range(3):
        browser.post("/me/email", {"email": victim, "current": PASSWORD})


def _bomb_as_partner(portal: Portal, browser: Browser, slug: str, victim: str, number: int) -> None:
    for _ in range(3):
        browser.post(f"/orgs/{slug}/invitations", {"addresses": victim, "role": "member"})
        again = re.search(r"/orgs/\w+/invitations/[\w-]+/send-again", browser.page.text if browser.page else "")
        if again:
            browser.post(again[0], on=f"/orgs/{slug}/invitations")
    sites = [f"shop{number}-{n}.example" for n in range(8)]
    for site in sites[:4]:
        make_sign_up(portal, site, email=victim)
    browser.post(f"/orgs/{slug}/managed/add", {"lines": "\n".join(sites[:4])})
    for site in sites[4:]:
        form = {"kind": "behalf", "company": "Client", "website": site, "contact_email": victim}
        browser.post(f"/orgs/{slug}/clients/new", form)
