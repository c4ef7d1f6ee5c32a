"""Openings: which requests for a landing page are visits, and what is kept of them, by tables of examples."""

from __future__ import annotations

import pytest

from partner_access.credit.touchpoints import openings
from partner_access.credit.touchpoints.openings import OpeningEvidence

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


def request(**given: str) -> dict[str, str]:
    """A person's request, but for what is given: WSGI's names of headers in small letters, without HTTP_."""
    environ = {"REQUEST_METHOD": "GET", "HTTP_USER_AGENT": FIREFOX}
    return environ | {
        name if name.isupper() else f"HTTP_{name.upper()}": value for name, value in given.items()
    }  # fmt: skip


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
    assert not openings.is_visit(request(user_agent=agent))


@pytest.mark.parametrize(
    "agent",
    [FIREFOX, IPHONE, ANDROID, EDGE, "Lynx/2.9.0", "curl/8.5.0", "python-requests/2.32"]
    + [f"{phone} {app}" for phone in (IPHONE, ANDROID) for app in IN_APPS]
    + [f"{EDGE} {app}" for app in ("Teams/1.6 Electron/19", "Slack_SSB/4.36", "Notion/3.0", "OneOutlook/1.2024")],
)
def test_browsers_in_apps_too_and_the_vendors_own_programs_are(agent):
    assert openings.is_visit(request(user_agent=agent))


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ({"sec_fetch_dest": "document"}, True),
        ({"sec_fetch_dest": ""}, True),
        ({"sec_fetch_dest": "image"}, False),
        ({"sec_fetch_dest": "script"}, False),
        ({"sec_fetch_dest": "style"}, False),
        ({"sec_fetch_dest": "iframe"}, False),
        ({"sec_fetch_dest": "empty"}, False),
        ({"sec_purpose": "prefetch"}, False),
        ({"sec_purpose": "prefetch;prerender"}, False),
        ({"sec_purpose": "Prefetch;anonymous-client-ip"}, False),
        ({"purpose": "prefetch"}, False),
        ({"purpose": "preview"}, False),
        ({"purpose": "", "sec_purpose": ""}, True),
        ({"REQUEST_METHOD": "HEAD"}, False),
        ({"REQUEST_METHOD": "POST"}, False),
        ({"QUERY_STRING": "preview=1"}, False),
        ({"QUERY_STRING": "preview"}, False),
        ({"QUERY_STRING": "%70review=1"}, False),
        ({"QUERY_STRING": "utm_source=preview"}, True),
    ],
)
def test_what_is_no_page_that_somebody_opens_is_no_visit(given, counts):
    assert openings.is_visit(request(**given)) == counts


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, OpeningEvidence()),
        ({"referer": "https://Blog.Example:8443/a?secret=1#x"}, OpeningEvidence("blog.example")),
        ({"referer": "about:blank"}, OpeningEvidence()),
        ({"referer": "http://[::1"}, OpeningEvidence()),
        ({"referer": "https://a\x00b.example/"}, OpeningEvidence()),
        ({"referer": f"https://{'a' * 300}.example/"}, OpeningEvidence()),
        ({"referer": "https://xn--mnchen-3ya.example/"}, OpeningEvidence("xn--mnchen-3ya.example")),
        ({"QUERY_STRING": "utm_source=mail&x=1"}, OpeningEvidence(names_source=True)),
        ({"QUERY_STRING": "UTM_Campaign="}, OpeningEvidence(names_source=True)),
        ({"QUERY_STRING": "gclid=abc"}, OpeningEvidence(names_source=True)),
        ({"QUERY_STRING": "source=utm_source"}, OpeningEvidence()),
        ({"sec_fetch_dest": "document"}, OpeningEvidence(fetch_destination="document")),
    ],
)
def test_an_opening_leaves_the_host_it_came_from_and_whether_a_source_was_named(given, kept):
    assert openings.evidence(request(**given)) == kept


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("::ffff:192.0.2.1", "192.0.2.9", True),
        ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
    ],
)
def test_a_network_is_a_24_or_a_48(one, other, same):
    assert (openings.network(one) == openings.network(other)) == same
    assert openings.network("unknown") is None


def test_only_what_we_gave_a_browser_is_its_secret():
    secret = "A" * 43
    assert openings.known_secret(secret) == secret
    assert [openings.known_secret(text) for text in (None, "", "A" * 44, '"><script>', "é" * 43)] == [None] * 5
