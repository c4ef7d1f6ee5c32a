"""Says what people copy in place of a client's website, and whose website is meant by it."""

from __future__ import annotations

import pytest

from partner_access.errors import Invalid
from partner_access.keys import endings
from partner_access.keys.addresses import address, domain_key
from partner_access.keys.mistakes import Refused
from partner_access.keys.sites import site_key

SAFE = "https://nam02.safelinks.protection.outlook.com/?url="
AROUND = """
https://urldefense.com/v3/__https://wrap-one.com__;!!a$
https://urldefense.com/v3/__https:/wrap-one.com/a*b__;Iw!!a$
https://urldefense.proofpoint.com/v1/url?u=http://wrap-one.com/&k=x
https://urldefense.proofpoint.com/v2/url?u=https-3A__wrap-one.com&d=x
https://urldefense.proofpoint.com/v2/url?u=https-3A__www.wrap-2Done.com_a-5Fb&d=x
https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fwrap-one.com%2F&data=05
https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Furldefense.com%2Fv3%2F__https%3A%2F%2Fwrap-one.com__%3B
https://eu-west-1.protection.sophos.com?d=wrap-one.com&u=aHR0cHM6Ly93cmFwLW9uZS5jb20v
https://eu-west-1.protection.sophos.com/?u=aHR0cHM6Ly93cmFwLW9uZS5jb20v
https://protect-us.mimecast.com/s/abcd?domain=wrap-one.com
https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fwrap-one.com%2f&c=E,1
https://secure-web.cisco.com/1abc/https%3A%2F%2Fwrap-one.com
https://protect.checkpoint.com/v2/___https://wrap-one.com___.YXBz
https://safe-redirect.new-protector.example/check?x=1&target=https%3A%2F%2Fwrap-one.com%2F
https://web.archive.org/web/2024/https://wrap-one.com/
https://web.archive.org/web/20240101000000id_/wrap-one.com
https://archive.ph/2024/https://wrap-one.com
https://webcache.googleusercontent.com/search?q=cache:abc:https://wrap-one.com/+x
https://www.google.com/amp/s/wrap-one.com/
https://www.google.de/url?sa=t&url=https%3A%2F%2Fwrap-one.com%2F
https://cdn.ampproject.org/c/s/wrap-one.com/a.html
https://wrap--one-com.cdn.ampproject.org/c/s/wrap-one.com/
https://www-wrap--one-com.translate.goog/?_x_tr_sl=en
https://translate.google.com/translate?sl=de&u=wrap-one.com
https://www.bing.com/ck/a?!&&p=x&u=a1aHR0cHM6Ly93cmFwLW9uZS5jb20v&ntb=1
https://r.search.yahoo.com/_ylt=A/RU=https%3a%2f%2fwrap-one.com%2f/RK=2
https://l.facebook.com/l.php?u=https%3A%2F%2Fwrap-one.com%2F&h=1
https://www.youtube.com/redirect?event=x&q=https%3A%2F%2Fwrap-one.com
https://medium.com/r/?url=https%3A%2F%2Fwrap-one.com
https://abc.r.us-east-1.awstrack.me/L0/https:%2F%2Fwrap-one.com%2F/1/x
https://search.google.com/search-console?resource_id=sc-domain:wrap-one.com
https://builtwith.com/wrap-one.com
https://wordpress.com/home/wrap-one.com
https://i0.wp.com/wrap-one.com/wp-content/a.png
"""
NAMED = {
    "https://admin.shopify.com/store/hazel-oak/products?x=1": "hazel-oak.myshopify.com",
    "https://wordpress.com/posts/hazel.wordpress.com": "hazel.wordpress.com",
    "https://preview.webflow.com/preview/hazel?x=1": "hazel.webflow.io",
    "https://hazel.design.webflow.com/": "hazel.webflow.io",
    "https://app.netlify.com/sites/hazel/overview": "hazel.netlify.app",
    "https://deploy-preview-3--hazel-oak.netlify.app": "hazel-oak.netlify.app",
    "https://hazel--pr-3-abc.web.app": "hazel.web.app",
    "https://www.tumblr.com/hazel/123": "hazel.tumblr.com",
    "https://hazel.lemonsqueezy.com/buy/1": "hazel.lemonsqueezy.com",
    "hazel.sumupstore.com": "hazel.sumupstore.com",
    "hazel.shoprenter.hu": "hazel.shoprenter.hu",
}
ITSELF = {
    "https://wordpress.com/": "wordpress.com",
    "a.wordpress.com/2020/foo.com": "a.wordpress.com",
    "a.wordpress.com/posts": "a.wordpress.com",
    "https://builtwith.com": "builtwith.com",
    "https://www.mimecast.com/solutions": "mimecast.com",
    "https://acme.com/login?next=https://other.com": "acme.com",
    "<https://acme.com>": "acme.com",
    "“acme.com”,": "acme.com",
}
REFUSED = {
    "https://protect-us.mimecast.com/s/abcd": "wrapped-link",
    "https://u1.ct.sendgrid.net/ls/click?upn=abc": "wrapped-link",
    SAFE * 7 + "https://acme.com": "wrapped-link",
    SAFE + "https%3A%2F%2Fbit.ly%2Fx": "short-link",
    SAFE + "https%3A%2F%2Fgmail.com": "public-mailbox",
    "https://manage.wix.com/dashboard/123": "back-office",
    "https://webflow.com/dashboard": "back-office",
    "https://partners.shopify.com/1": "back-office",
    "https://abc.shopifypreview.com": "preview",
    "https://abc.ngrok-free.app": "preview",
    "https://substack.com/@ana": "path-tenant",
}
NO_ENDING = {
    "northwind.con": "northwind.com",
    "northwind.cmo": "northwind.com",
    "northwind.comm": "northwind.com",
    "northwind.co.ku": "northwind.co.uk",
    "northwind.nte": "northwind.net",
    "northwind.co.ze": "northwind.co.za",
    "northwind.dee": "northwind.de",
    "www.acme": "acme.com",
    "acme.html": "",
}


@pytest.mark.parametrize("text", AROUND.split())
def test_an_address_around_another_one_means_that_one(text: str) -> None:
    assert site_key(text) == "wrap-one.com"


@pytest.mark.parametrize(("text", "key"), (NAMED | ITSELF).items())
def test_the_tenant_that_an_address_names_is_the_client(text: str, key: str) -> None:
    assert site_key(text) == key


@pytest.mark.parametrize(("text", "code"), REFUSED.items())
def test_what_names_no_website_is_refused_and_says_what_to_enter(text: str, code: str) -> None:
    with pytest.raises(Refused) as caught:
        site_key(text)
    assert caught.value.code == code
    assert "nter the" in caught.value.sentence


@pytest.mark.parametrize(("text", "near"), NO_ENDING.items())
def test_an_ending_that_does_not_exist_is_told_with_the_nearest(text: str, near: str) -> None:
    for read, code in ((site_key, "no-such-ending"), (domain_key, "domain-ending")):
        with pytest.raises(Invalid) as caught:
            read(text)
        assert caught.value.code == code
        assert caught.value.sentence.endswith(f"Did you mean {near}?" if near else "like example.com.")


def test_an_address_with_such_an_ending_is_told_too() -> None:
    with pytest.raises(Refused, match=r"Did you mean jo@gmail\.com\?"):
        address("jo@gmail.con")


def test_the_name_of_a_website_is_no_domain_of_addresses() -> None:
    with pytest.raises(Refused, match=r"Did you mean northwind\.com\?") as caught:
        domain_key("www.northwind.com")
    assert caught.value.code == "domain-www"
    assert domain_key("www.studio") == "www.studio"


def test_endings_for_examples_exist_and_countries_with_wildcards_too() -> None:
    assert all(map(endings.exists, ["com", "example", "test", "ck", "za", "xn--p1ai", "studio"]))
    assert not any(map(endings.exists, ["con", "acme", "", "html"]))
