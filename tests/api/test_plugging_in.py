"""A vendor's engineer plugs in from docs/api.md alone: what stands there is run here, over a real connection."""

from __future__ import annotations

import json
import re
import subprocess
from contextlib import closing
from html import unescape
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.calls import make_token
from tests.conftest import ENVIRONMENT
from tests.factories import make_link, make_org
from tests.servers.server import live_server

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
SNIPPETS = {kind: re.findall(rf"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL) for kind in ("bash", "python")}
AGENT = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}

pytestmark = pytest.mark.slow


@pytest.fixture
def plugged(portal, monkeypatch):
    """The address of a portal whose clients sign up at the vendor's, and a programme token of it."""
    make_link(portal, make_org(portal))
    token = make_token(portal)
    env = {name: value for name, value in ENVIRONMENT.items() if name != "BASE_URL"}
    env |= {"DATABASE_URL": portal.database_url, "SIGNUP_URL": "https://vendor.example/sign-up?from=partner"}
    with live_server(env) as url:
        monkeypatch.setenv("PORTAL", url)
        monkeypatch.setenv("TOKEN", token)
        yield url


def get_started(url: str) -> str:
    """Open the partner's link and press "Get started"; where that leads to."""
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=30)) as connection:
        connection.request("GET", "/r/acme", headers=AGENT)
        page = connection.getresponse().read().decode()
        [way] = set(re.findall(r'href="(/r/acme/get-started\?[^"]*visit=[^"]+)"', page))
        connection.request("GET", unescape(way), headers=AGENT)
        return str(connection.getresponse().headers["Location"])


def test_what_the_documentation_says_credits_a_client(plugged):
    way = get_started(plugged)
    assert re.fullmatch(r"https://vendor\.example/sign-up\?from=partner&referral=[\w-]{43}", way)
    vendor: dict[str, Any] = {"__name__": "vendor"}
    [sign_up_page] = SNIPPETS["python"]
    exec(compile(sign_up_page, "docs/api.md", "exec"), vendor)  # noqa: S102  (the documentation's own)
    client = vendor["app"].test_client()
    [referral] = re.findall(r'value="([\w-]{43})"', client.get(way.removeprefix("https://vendor.example")).text)
    answer = client.post("/sign-up", data={"website": "harbour-bakery.example", "referral": referral})
    assert answer.text.endswith(" acme")
    told = [_run(snippet.replace("account-4711", answer.text.split()[1])) for snippet in SNIPPETS["bash"]]
    me, sign_up, event = told
    assert me["kind"] == "programme"
    assert (sign_up["is_new"], sign_up["decision"]["winner"]) == (False, "acme")
    assert (event["type"], event["waiting"]) == ("cancelled", False)


def _run(snippet: str) -> Any:
    done = subprocess.run(["bash", "-euc", snippet], capture_output=True, text=True, timeout=30, check=True)
    return json.loads(done.stdout)
