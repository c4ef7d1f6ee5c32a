"""Visits: which openings of a link are kept, and how a later sign-up finds them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from partner_access.credit.models import Visit
from partner_access.credit.touchpoints import links, visits
from partner_access.db import SYSTEM, session
from partner_access.errors import Invalid
from tests.credit.agencies import SECOND, Agency, day, moment
from tests.factories import make_visit

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
    "Mobile/15E148 Safari/604.1"
)
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0 Safari/537.36"
IN_APPS = [
    "Instagram 300.0.0.0", "[FBAN/FBIOS;FBAV/440.0;FBDV/iPhone14,5]", "[Pinterest/iOS]", "[LinkedInApp]/9.29",
    "Snapchat/12.60 (like Safari/8614)", "MicroMessenger/8.0.42", "Line/13.20.0", "BytedanceWebview/d8a21c6",
    "Twitter for iPhone/10.20", "WhatsApp/2.23.20", "Viber/20", "GSA/290.0", "OutlookMobile", "Telegram-Android/10.0",
]  # fmt: skip
PREVIEWS = [
    "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.5; Pro)", "Microsoft Office Word 2014",
    "Mozilla/4.0 (compatible; ms-office; MSOffice 16)", "Microsoft Office Existence Discovery",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/7.0; Microsoft Outlook 16.0; ms-office; MSOffice 16)",
    "Microsoft-WebDAV-MiniRedir/10.0.19045", "LibreOffice/7.5", "Outlook-iOS/709",
    "YahooMailProxy; https://help.yahoo.com",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5", f"{EDGE} BingPreview/1.0b",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)", "Mimecast", f"{EDGE} SafeLinks",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 facebookexternalhit/1.1 Facebot",
    "WhatsApp/2.23.20.0", "Viber", "Slack-ImgProxy", "kakaotalk-scrap/1.0", "Bluesky Cardyb/1.1", "Discordbot/2.0",
    "http.rb/5.1.1 (Mastodon/4.1.2; +https://mastodon.social/)", "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Mozilla/5.0", "Signal-Android", "Mozilla/5.0 (TikTok Spider)",
]  # fmt: skip


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Twitterbot/1.0",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        *PREVIEWS,
    ],
)
def test_crawlers_previews_and_scanners_are_no_visitors(agent):
    assert visits.is_bot(agent)


@pytest.mark.parametrize(
    "agent",
    [FIREFOX, IPHONE, ANDROID, EDGE, "Lynx/2.9.0", "curl/8.5.0", "python-requests/2.32"]
    + [f"{phone} {app}" for phone in (IPHONE, ANDROID) for app in IN_APPS]
    + [f"{EDGE} {app}" for app in ("Teams/1.6 Electron/19", "Slack_SSB/4.36", "Notion/3.0", "OneOutlook/1.2024")],
)
def test_browsers_in_apps_too_and_the_vendors_own_programs_are(agent):
    assert not visits.is_bot(agent)


def test_an_opening_is_kept_without_its_secrets_and_counted(portal, acme):
    code = acme.link()
    tokens = [make_visit(portal, code, browser="secret of one browser") for _ in range(2)]
    with portal.acting():
        rows = session().scalars(select(Visit)).all()
    assert {(row.org_id, row.code) for row in rows} == {(acme.org.id, code)}
    stored = {value for row in rows for value in (row.token_fingerprint, row.browser_fingerprint)}
    assert not stored & {*tokens, "secret of one browser"}
    with portal.acting(SYSTEM, acme.org.id):
        assert links.visits(links.listing()) == {code: 2}


def test_a_token_finds_its_visit_and_no_other_text_does(portal, acme):
    token, code = acme.link_opened(), acme.link()
    others = [token[:-1], token + "x", token.swapcase(), code, "", "\x00" * 43, "é" * 43]
    with portal.acting():
        found = visits.find(token)
        assert found is not None and found.org_id == acme.org.id
        assert [visits.find(text) for text in others] == [None] * len(others)


def test_a_browser_finds_its_own_openings_newest_first(portal, acme):
    code = acme.link()
    for number in (1, 2):
        with day(number):
            make_visit(portal, code, browser="mine")
            make_visit(portal, code, browser="another's")
    with day(3), portal.acting():
        assert [visit.opened_at for visit in visits.of_browser("mine")] == [moment(2), moment(1)]
        assert (visits.of_browser(None), visits.of_browser(""), visits.of_browser("unknown")) == ([], [], [])


@pytest.mark.parametrize(("late", "found"), [(0 * SECOND, 1), (SECOND, 0)], ids=["90 days", "a second more"])
def test_an_opening_is_found_for_as_long_as_it_can_count(portal, acme, late, found):
    with day(0):
        acme.link_opened(browser="mine")
    with day(90 + late.total_seconds() / 86400), portal.acting():
        assert len(visits.of_browser("mine")) == found


def test_a_text_that_is_no_code_finds_nothing(portal, acme):
    acme.link()
    texts = ["", "no-such-code", "\x00", "a\x00b", "%", "a" * 5000, "é", "../x"]
    with portal.acting():
        assert [links.find_code(text) for text in texts] == [None] * len(texts)


def test_a_code_is_found_whatever_its_capitals(portal, acme):
    code = acme.link()
    with portal.acting():
        found = links.find_code(f" {code.upper()}")
        assert found is not None and found.org_id == acme.org.id


def test_two_organizations_never_share_a_code(portal):
    first, second = Agency(portal, "Acme"), Agency(portal, "Bolt")
    with portal.acting(SYSTEM, first.org.id):
        code = links.create("Newsletter", code="newsletter").code
    with portal.acting(SYSTEM, second.org.id):
        other = links.create("Newsletter", code="newsletter").code
    assert code == "newsletter" and other.startswith("newsletter-")


def test_a_label_is_used_once_an_organization(portal, acme):
    with portal.acting(SYSTEM, acme.org.id):
        links.create("News\x00letter")
        with pytest.raises(Invalid) as refusal:
            links.create(" news  LETTER ")
    assert refusal.value.field == "label"
