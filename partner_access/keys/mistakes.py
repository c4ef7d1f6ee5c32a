"""Every mistake in a typed website, e-mail address or domain: its code, and the sentence to show beside the field."""

from __future__ import annotations

from partner_access.errors import Invalid

REFUSALS: dict[str, str] = {
    # websites
    "empty": "Enter a website, like example.com.",
    "too-long": "That is longer than any website address. Enter only the name, like example.com.",
    "spaces": "A website name has no spaces. Enter one website, like example.com.",
    "looks-like-email": "That is an e-mail address. Enter the website instead, like example.com.",
    "social-handle": "That looks like a social media name. Enter the business’s own website, like example.com.",
    "wrong-scheme": "That does not start like a website. Enter only the name, like example.com.",
    "user-info": "That address holds a name or password before the @. Enter only the part after it, like example.com.",
    "bad-port": "Browsers do not open that port. Leave out the colon and the number after it.",
    "ip-address": "That is an IP address, which can change hands. Enter the website's name, like example.com.",
    "local-name": "That name works only inside one network. Enter the public website, like example.com.",
    "single-label": "The ending is missing. Enter the whole name, like example.com.",
    "empty-label": "There is a dot too many. Enter the name like example.com.",
    "name-too-long": "That name is longer than any website can have. Check it and enter it again.",
    "bad-characters": "A website name has letters, digits, hyphens and dots only, like example.com.",
    "idna": "That name has signs no website name may have. Enter it with letters and digits, like example.com.",
    "unreadable": "That is not a website a browser can open. Enter it like example.com.",
    "no-such-ending": "No website ends like that. Check the part after the last dot, like example.com.",
    "bare-public-suffix": "That is an ending many websites share. Enter the whole name, like example.co.uk.",
    "public-mailbox": "That is a mail provider. Enter the business’s own website, like example.com.",
    "path-tenant": "Many businesses share that site, so it cannot stand for one. Enter the business’s own website.",
    "short-link": "That is a short link. Enter the website it leads to, like example.com.",
    "wrapped-link": "That link hides the website it leads to. Open it, and enter the address that you then see.",
    "back-office": "That is where the website is managed. Enter the address that its visitors see, like example.com.",
    "preview": "That is a preview, whose address does not last. Enter the business’s own website, like example.com.",
    "own-site": "That is your own website. Enter the client’s website.",
    # e-mail addresses
    "email-empty": "Enter an e-mail address, like ana@example.com.",
    "email-too-long": "That is longer than an e-mail address can be. Check it and enter it again.",
    "email-no-at": "An e-mail address has an @ in it, like ana@example.com.",
    "email-several": "Enter one e-mail address only, like ana@example.com.",
    "email-display-name": "Enter the address alone, without the name, like ana@example.com.",
    "email-quoted": "Addresses with quotation marks cannot be used here. Enter one like ana@example.com.",
    "email-literal": "Enter a domain after the @, like example.com, not an IP address.",
    "email-encoded": "That is encoded for mail programs. Enter the address as people write it, like ana@example.com.",
    "email-letters": "Before the @ we can use plain letters and digits only, like ana@example.com.",
    "email-domain": "The part after the @ does not work for mail. Enter it like example.com.",
    "email-ending": "No address ends like that. Check the part after the last dot, like ana@example.com.",
    "email-syntax": "Check the part before the @. An address looks like ana@example.com.",
    # domains an organization claims
    "domain-empty": "Enter the part of your addresses after the @, like example.com.",
    "domain-syntax": "Enter only the part after the @, like example.com.",
    "domain-ip": "An IP address cannot be claimed. Enter a domain, like example.com.",
    "domain-single-label": "The ending is missing. Enter the whole domain, like example.com.",
    "domain-local": "That domain works only inside one network. Enter a public domain, like example.com.",
    "domain-ending": "No domain ends like that. Check the part after the last dot, like example.com.",
    "domain-www": "That is a website. Enter the part of your addresses after the @, without “www.”.",
    "domain-public-suffix": "That is an ending many organizations share. Enter your own domain, like example.co.uk.",
    "domain-public-mailbox": "Anyone can have a mailbox there, so it cannot stand for one organization.",
    "domain-disposable": "That domain gives out throw-away mailboxes, so it cannot stand for one organization.",
}


class Refused(Invalid):
    """Typed text that has no key; code: of REFUSALS, which has the sentence to show beside the field.

    nearest: what may be meant instead, which the sentence then asks.
    """

    def __init__(self, code: str, field: str = "", nearest: str = "") -> None:
        told = f"{REFUSALS[code].partition('. ')[0]}. Did you mean {nearest}?" if nearest else REFUSALS[code]
        super().__init__(told, code=code, field=field)
        self.nearest = nearest

    def __reduce__(self) -> tuple[type[Refused], tuple[str, str, str]]:
        """How it travels between processes: an exception is made anew from what it was made of."""
        return Refused, (self.code, self.field, self.nearest)
