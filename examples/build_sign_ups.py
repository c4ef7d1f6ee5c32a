"""Build sign-ups.csv: sign-ups of client businesses with real company websites, typed as people type them.

Usage: python build_sign_ups.py SIMPLE_ICONS_DIR THIRD_PARTY_WEB_DIR OUT.csv   (same input, same output; see README.md)
"""

from __future__ import annotations

import csv
import json
import random
import re
import sys
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HAND: dict[str, Any] = tomllib.loads(Path(__file__).with_name("by_hand.toml").read_text("utf-8"))
START, END = datetime(2026, 8, 1, tzinfo=UTC), datetime(2026, 11, 20, 18, tzinfo=UTC)
PLAIN = 1080  # rows with an ordinary website of their own, besides those of by_hand.toml
TWO = {f"{a}.{b}" for a in ("co", "com") for b in re.findall(r"\w+", "au br co il in jp mx nz pl tr uk za")}
ONE = set(re.findall(r"\w+", "at be ca ch com coop cz de dk es eu fi fr ie in it jp lt lv nl no pl pt se travel"))
COLUMNS = ("external_id", "company", "website", "email", "signed_up_at", "referral")


@dataclass(frozen=True)
class Brand:
    title: str
    site: str
    source: str = ""

    @property
    def label(self) -> str:
        return self.site.split(".")[0]


@dataclass(frozen=True)
class Row:
    when: datetime
    brand: Brand
    kind: str
    company: str
    website: str
    email: str
    signed_up_at: str
    referral: str = ""
    external_id: str = ""


def plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text.lower()))


def listed(name: str) -> list[Brand]:
    return [Brand(*line.split(" = ")) for line in HAND[name].strip().split("\n")]


def brands(icons: Path, parties: Path) -> Iterator[Brand]:
    """Each site once, and only where the brand's name is the name in the web address."""
    pairs = [(x["title"], x["source"]) for x in json.loads((icons / "data/simple-icons.json").read_text("utf-8"))]
    entities = json.loads((parties / "dist/entities-nostats.json").read_text("utf-8"))
    pairs += [(x["name"], x["homepage"]) for x in entities if x.get("homepage")]
    skip, seen = set(HAND["skip"].split()), {brand.site for brand in listed("companies")}
    for title, source in pairs:
        labels = (urlsplit(source).hostname or "").split(".")
        size = 3 if ".".join(labels[-2:]) in TWO else 2
        brand = Brand(title, ".".join(labels[-size:]), source)
        ending_known = ".".join(labels[-size:][1:]) in ONE | TWO
        same = len(brand.label) > 1 and brand.label.replace("-", "") == plain(title)
        if same and ending_known and brand.label not in skip and brand.site not in seen:
            seen.add(brand.site)
            yield brand


def spell(rng: random.Random, brand: Brand) -> tuple[str, str]:
    """One of the ways in which people write a website: (the kind of way, the text)."""
    site, ways = brand.site, HAND["ways"]
    kind = rng.choices(list(ways), [way[0] for way in ways.values()])[0]
    text = rng.choice(ways[kind][1:]).format(
        site=site,
        upper=site.upper(),
        title=site.title(),
        path=urlsplit(brand.source).path.strip("/") or "about-us/team",
        source=brand.source or f"https://{site}/en/home.html",
        sub=rng.choice(("shop", "store", "en", "m", "de", "blog")),
        wide=site.replace(".", "。"),
    )
    return kind, text


def moment(rng: random.Random, when: datetime) -> str:
    summer = when < datetime(2026, 10, 25, 1, tzinfo=UTC)
    local = when.astimezone(timezone(timedelta(hours=2 if summer else 1)))
    forms = (f"{when:%Y-%m-%dT%H:%M:%SZ}", local.isoformat(), f"{when:%Y-%m-%d %H:%M:%S}", f"{when:%Y-%m-%d}")
    return rng.choices(forms, (50, 20, 15, 15))[0]


def email(rng: random.Random, brand: Brand, domain: str) -> str:
    """An invented address: a role or first name at the business's own domain, or a made-up public mailbox."""
    name = plain(brand.title) or brand.label
    public = f"{name}-demo-{rng.randrange(10**5):05}@{rng.choice(HAND['mailboxes'])}"
    own = f"{rng.choice(HAND['names'])}@{domain}" if domain else public
    return rng.choices((own, own.title(), public, ""), (67, 3, 22, 8))[0]


def a_label(site: str) -> str:
    label, ending = site.split(".")
    return f"xn--{label.encode('punycode').decode()}.{ending}"


def all_rows(rng: random.Random, pool: list[Brand]) -> list[Row]:
    made: list[Row] = []

    def add(brand: Brand, kind: str, website: str, when: datetime | None = None, domain: str | None = None) -> Row:
        when = (when or START + (END - START) * rng.random()).replace(microsecond=0)
        address = email(rng, brand, brand.site if domain is None else domain)
        made.append(Row(when, brand, kind, brand.title, website, address, moment(rng, when)))
        return made[-1]

    def change(**fields: Any) -> None:
        made[-1] = replace(made[-1], **fields)

    for brand in [pool.pop() for _ in range(PLAIN)] + listed("companies"):
        add(brand, *spell(rng, brand))
    for row in rng.sample([r for r in made[:PLAIN] if r.when < END - timedelta(days=20)], 24):
        later = row.when + timedelta(days=rng.randint(4, 18))
        add(row.brand, "second account", spell(rng, row.brand)[1], later)
    for number, brand in enumerate(listed("idn")):
        other = a_label(brand.site)
        forms = [brand.site, other, f"https://www.{brand.site}/", f"http://{other}"]
        first = add(brand, "IDN", forms[number % 4], START + timedelta(days=2 + 8 * number, hours=9), other)
        if number % 2:  # the same site once more, in the other spelling
            add(brand, "second account", forms[(number + 1) % 4], first.when + timedelta(days=9), other)
    for host, count in HAND["shops"].items():
        for brand in (pool.pop() for _ in range(count)):
            site = f"{brand.label}.{host}"
            forms = [site, f"https://{site}/", f"http://{site.title()}", f"{site}/collections/all?page=2", f" {site}"]
            add(brand, "shop host", rng.choice(forms), domain="")

    codes = [code for code, count in HAND["referrals"].items() for _ in range(count)] + HAND["unknown_codes"]
    seconds = [number for number, row in enumerate(made) if row.kind == "second account"]
    rng.shuffle(codes)
    for number, code in zip(rng.sample(range(PLAIN), len(codes) - 10) + rng.sample(seconds, 10), codes, strict=True):
        made[number] = replace(made[number], referral=code)

    for brand in (pool.pop() for _ in range(2)):
        add(brand, "typo", f"www.{brand.label}.con")
    for title, website, at, code in HAND["lead_sites"]:
        when = datetime.fromisoformat(at)
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        add(Brand(title, f"{title.lower()}.com"), "lead site", website, when)
        change(signed_up_at=at, referral=code)
    for title, website, address, code in HAND["own_use"]:
        add(Brand(title, address.split("@")[1]), "own use", website)
        change(email=address, referral=code)
    for kind, field in (("bad_website", "website"), ("bad_email", "email"), ("bad_date", "signed_up_at")):
        for text in HAND[kind]:
            brand = pool.pop()
            add(brand, kind, f"https://{brand.site}")
            change(**{field: text.format(site=brand.site, label=brand.label)})
    return made


def deliver(rng: random.Random, made: list[Row]) -> list[Row]:
    """The order of the file: by time, 45 rows out of order, 25 rows delivered once more (10 with another spelling)."""
    rows = [replace(r, external_id=f"acct-{100001 + n}") for n, r in enumerate(sorted(made, key=lambda r: r.when))]
    for index in rng.sample(range(30, len(rows) - 30), 45):
        rows.insert(index + rng.choice((-12, -9, -5, 4, 8, 12)), rows.pop(index))
    ordinary = [row for row in rows if row.kind in {"bare", "www", "scheme", "path", "subdomain"}]
    for number, row in enumerate(rng.sample(ordinary, 25)):
        website = row.website
        while number < 10 and website == row.website:
            website = spell(rng, row.brand)[1]
        again = replace(row, website=website, kind="delivered again")
        rows.insert(rows.index(row) + rng.randint(1, 60), again)
    return rows


def main(icons: str, parties: str, out: str) -> None:
    rng = random.Random("partner-access sign-ups")
    pool = sorted(brands(Path(icons), Path(parties)), key=lambda brand: brand.site)
    rng.shuffle(pool)
    rows = deliver(rng, all_rows(rng, pool))
    with open(out, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
    for kind, count in sorted(Counter(row.kind for row in rows).items()):
        print(f"{count:5} {kind}")
    print(f"{len(rows):5} rows")


if __name__ == "__main__":
    main(*sys.argv[1:4])
