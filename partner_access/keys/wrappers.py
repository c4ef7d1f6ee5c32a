"""Knows which addresses stand around another one or manage a website, and reads from them whose website is meant.

Link protectors, archives, caches, redirects and back offices: what a person copies in place of the client's website.
Pure: only what stands in the address is read, and nothing is asked of the network (docs/sites.md).
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import unquote

from partner_access.keys import endings
from partner_access.keys.shared_hosts import GOOGLE, is_brand


class Meant(NamedTuple):
    """What an address is about: another address in its place, or the code of why that cannot be read from it."""

    text: str = ""
    refusal: str = ""


def _pages(text: str) -> dict[str, tuple[str, ...]]:
    """Host -> the beginnings of the paths that are listed for it; a host alone stands for all of them."""
    pages: dict[str, tuple[str, ...]] = {}
    for word in text.split():
        host, _, path = word.partition("/")
        pages[host] = (*pages.get(host, ()), f"/{path}")
    return pages


# Hosts with their sub-domains that only lead to, keep or translate a page of somebody else.
_AROUND = _pages(
    """
    urldefense.com urldefense.us urldefense.proofpoint.com safelinks.protection.outlook.com safelinks.office.net
    safelinks.protection.office365.us statics.teams.cdn.office.net/evergreen-assets/safelinks mimecast.com/s/
    mimecastprotect.com linkprotect.cudasvc.com secure-web.cisco.com protect.fireeye.com protect2.fireeye.com
    clicktime.symantec.com protect.checkpoint.com url.avanan.click url-protection.com
    protection.sophos.com urlsand.esvalabs.com urlsand.com ctp.trendmicro.com edgepilot.com/s/ inky.com/link
    scanmail.trustwave.com hornetsecurity.com/?d emailprotection.link antigena.com greathorn.com/services
    phishing-protection.com secure-url.net click.pstmrk.it

    web.archive.org/web web.archive.org/save trustpilot.com/review archive.ph archive.is archive.today archive.li
    archive.vn archive.md archive.fo webcache.googleusercontent.com cc.bingj.com cachedview.nl 12ft.io removepaywall.com

    google.com/url google.com/amp google.com/imgres google.com/translate translate.google.com/translate
    googleweblight.com ampproject.org/c ampproject.org/v ampproject.org/wp ampproject.org/i bing-amp.com bing.com/amp
    bing.com/ck bing.com/alink duckduckgo.com/l r.search.yahoo.com translate.yandex.com translate.yandex.ru
    yandex.ru/clck translatetheweb.com

    l.facebook.com lm.facebook.com l.instagram.com l.messenger.com l.threads.com l.threads.net l.wl.co
    youtube.com/redirect linkedin.com/redir linkedin.com/safety/go out.reddit.com vk.com/away.php t.umblr.com
    slack-redir.net href.li anonym.to exit.sc steamcommunity.com/linkfilter tiktok.com/link pinterest.com/offsite
    medium.com/r/ facebook.com/sharer facebook.com/share.php twitter.com/intent x.com/intent pinterest.com/pin/create
    linkedin.com/sharearticle linkedin.com/sharing reddit.com/submit
    away.vk.com nam.safelink.emails.azure.net

    mandrillapp.com/track list-manage.com/track awstrack.me sendgrid.net/ls mailtrack.io/trace klclick.com
    convertkit-mail.com convertkit-mail2.com hubspotlinks.com links.hubspot.com mjt.lu rs6.net exacttarget.com
    """
)

# Tools and managers that name the website in their address, and are a website of their own wherever they do not.
_NAMING = _pages(
    """
    builtwith.com similarweb.com semrush.com ahrefs.com who.is whois.com domaintools.com gtmetrix.com ssllabs.com
    securityheaders.com sitecheck.sucuri.net pagespeed.web.dev search.google.com/search-console validator.w3.org
    downforeveryoneorjustme.com isitdownrightnow.com wordpress.com dash.cloudflare.com
    hpanel.hostinger.com i0.wp.com i1.wp.com i2.wp.com i3.wp.com wave.webaim.org/report crt.sh mxtoolbox.com
    seobility.net urlscan.io virustotal.com/gui/domain
    """
)

# Where websites are built and managed: of the client's own address nothing is left in these.
_BACK_OFFICES = _pages(
    """
    admin.shopify.com partners.shopify.com accounts.shopify.com checkout.shopify.com cdn.shopify.com
    shopify.com/admin shopify.com/store-login manage.wix.com editor.wix.com wix.com/dashboard
    wix.com/my-account wix.com/editor account.squarespace.com login.squarespace.com app.squarespace.com
    wordpress.com/home wordpress.com/posts wordpress.com/pages wordpress.com/stats wordpress.com/sites
    wordpress.com/settings wordpress.com/view wordpress.com/plugins wordpress.com/wp-admin wordpress.com/me
    webflow.com/design webflow.com/dashboard preview.webflow.com app.netlify.com vercel.com/dashboard
    dash.cloudflare.com hpanel.hostinger.com my.wpengine.com my.kinsta.com weebly.com/editor weebly.com/app
    editor.weebly.com app.ecwid.com my.ecwid.com login.bigcommerce.com app.lemonsqueezy.com app.gumroad.com
    app.sellfy.com admin.typeform.com app.hubspot.com app.squareup.com dcc.godaddy.com websites.godaddy.com
    sso.godaddy.com account.godaddy.com my.ionos.com login.ionos.com my.jimdo.com cms.jimdo.com cms.e.jimdo.com
    app.framer.com framer.com/projects canva.com/design figma.com/file figma.com/proto figma.com/design
    dashboard.stripe.com analytics.google.com tagmanager.google.com ads.google.com merchants.google.com
    search.google.com console.cloud.google.com business.facebook.com app.strikingly.com strikingly.com/s/sites
    app.webador.com admin.shopline.com admin.shoplazza.com admin.tiendanube.com admin.nuvemshop.com.br
    app.carrd.co carrd.co/dashboard carrd.co/build app.notion.so app.softr.io app.bubble.io bubble.io/page
    app.clickfunnels.com app.kajabi.com sso.teachable.com app.thinkific.com admin.booking.com partners.sumup.com
    me.sumup.com seller.etsy.com sellercentral.amazon.com sellercentral.amazon.de sellercentral.amazon.co.uk
    """
)

# No list has all of them: one that calls itself so, and holds a whole address, stands around that.
_SOUNDS_AROUND = re.compile(
    r"(?:^|[.-])(?:safe|protect|secure|defen[cs]e|url|link|click|track|trace|redir|out|away|go|scan|archive|wayback|cache"
    r"|proxy|translat|amp)[a-z0-9]*[.-]"
)

# What is shown for a while, at an address that the next one may have tomorrow.
_PREVIEWS = _pages(
    """
    shopifypreview.com ngrok.io ngrok.app ngrok.dev ngrok-free.app ngrok-free.dev trycloudflare.com loca.lt
    localtunnel.me serveo.net serveousercontent.com lhr.life localhost.run devtunnels.ms gitpod.io github.dev
    githubpreview.dev editmysite.com csb.app codesandbox.io stackblitz.io webcontainer.io webcontainer-api.io codepen.io
    cdpn.io jsfiddle.net jsbin.com shopify.dev previews.framer.app
    """
)

# The tenant's own name is in the path or the sub-domain: (host and path, the website of that tenant).
_TENANTS = [
    (re.compile(pattern), website)
    for pattern, website in (
        (r"admin\.shopify\.com/store/([a-z0-9-]+)", "{}.myshopify.com"),
        (r"(?:www\.)?webflow\.com/(?:design|dashboard/sites)/([a-z0-9-]+)", "{}.webflow.io"),
        (r"preview\.webflow\.com/preview/([a-z0-9-]+)", "{}.webflow.io"),
        (r"([a-z0-9-]+)\.design\.webflow\.com/", "{}.webflow.io"),
        (r"app\.netlify\.com/(?:sites|projects)/([a-z0-9-]+)", "{}.netlify.app"),
        (r"[a-z0-9-]+?--([a-z0-9]+(?:-[a-z0-9]+)*)\.netlify\.app/", "{}.netlify.app"),
        (r"([a-z0-9]+(?:-[a-z0-9]+)*)--[a-z0-9-]+\.web\.app/", "{}.web.app"),
        (r"(?:www\.)?tumblr\.com/(?:blog/(?:view/)?|dashboard/blog/)?([a-z0-9-]+)", "{}.tumblr.com"),
    )
]
# One page each, as a host: every dot is a hyphen there, every hyphen two (AMP cache, Google Translate).
_CODED_HOST = re.compile(r"((?:[a-z0-9]+-)+[a-z0-9-]+)\.(?:cdn\.ampproject\.org|translate\.goog)")

_ADDRESS = re.compile(r"https?:[/\\]{1,3}((?:(?!__)[\w.:@-])+)(.*)", re.IGNORECASE | re.DOTALL)
_PARAMETER = re.compile(
    r"[?&](?:url|u|q|o|d|a|z|to|target|domain|dest|href|site|doc|uddg|lite_url|resource_id)="
    r"(?:sc-domain:|cache:(?:[\w-]+:)?)?([\w-]+(?:\.[\w-]+)+)"
)
_SEGMENT = re.compile(r"/([\w-]+(?:\.[\w-]+)+)(?=[/?#:+]|$)")
_IN_BASE64 = re.compile(r"aHR0c[\w+/-]+")  # "http" as base64 writes it
_PROOFPOINT_2 = re.compile(r"-([0-9A-F]{2})")  # percent-encoding with hyphens, and underscores for slashes


def meant(names: Sequence[str], rest: str) -> Meant | None:
    """What is meant by an address; None where it is the address of a website itself.

    names: its host and every name above that; rest: what follows the host: path, query, fragment.
    """
    path, itself = f"/{rest.replace(chr(92), '/').removeprefix('/').lower()}", [names[0].removeprefix("www.")]
    if tenant := _tenant(names[0], path):
        return Meant(tenant)
    is_around = path != "/" and _is_listed(_AROUND, [*names, *_google(names)], path)
    inside = _inside(rest, is_proofpoint="urldefense.proofpoint.com" in names) if path != "/" else ""
    if inside and (
        is_around or _is_listed(_NAMING, itself, path) or (_SOUNDS_AROUND.search(names[0]) and "/" in inside)
    ):
        return Meant(inside)
    if is_around:
        return Meant(refusal="wrapped-link")
    if _is_listed(_BACK_OFFICES, itself, path):
        return Meant(refusal="back-office")
    return Meant(refusal="preview") if _is_listed(_PREVIEWS, names, path) else None


def _is_listed(pages: dict[str, tuple[str, ...]], names: Sequence[str], path: str) -> bool:
    return any(path.startswith(pages[name]) for name in names if name in pages)


def _google(names: Sequence[str]) -> list[str]:
    """google.de does what google.com does."""
    return ["google.com"] if any(is_brand(name, GOOGLE) for name in names) else []


def _tenant(host: str, path: str) -> str:
    for pattern, website in _TENANTS:
        if found := pattern.match(f"{host}{path}"):
            return website.format(found[1])
    coded = _CODED_HOST.fullmatch(host)
    return coded[1].replace("--", "\0").replace("-", ".").replace("\0", "-") if coded else ""


def _inside(rest: str, *, is_proofpoint: bool) -> str:
    """The address that stands in a path and query, however it is encoded there; '' for none."""
    if is_proofpoint and rest.startswith("/v2/"):
        rest = _PROOFPOINT_2.sub(r"%\1", rest).replace("_", "/")
    for _ in range(3):  # a wrapper in a wrapper has encoded it again
        rest = unescape(unquote(rest))
    if found := _ADDRESS.search(rest) or _ADDRESS.search(_decoded(rest)):
        return f"https://{found[1]}{'' if found[2][:1] in {'', '/', '?', '#'} else '/'}{found[2]}"
    names = [*_PARAMETER.findall(rest), *_SEGMENT.findall(rest)]
    return next((name for name in names if endings.exists(name.rpartition(".")[2].lower())), "")


def _decoded(rest: str) -> str:
    found = _IN_BASE64.search(rest)
    text = found[0].replace("+", "-").replace("/", "_") if found else ""
    return urlsafe_b64decode(text[: len(text) // 4 * 4]).decode("utf-8", "replace")
