"""The configuration is checked whole at start, and every mistake is told in one sentence."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import config
from partner_access import create_app
from tests.house.source import ROOT

GOOD = {
    "SECRET_KEY": "0123456789abcdef0123456789ABCDEF",
    "BASE_URL": "https://partners.example.com",
    "MAIL_SERVER": "mail.example.com",
    "DATABASE_URL": "postgresql://portal@db/portal",
}


def mistakes(tmp_path, **changes: str | None) -> list[str]:
    """What is said of the good configuration with these changes; None takes a setting away."""
    environ = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    try:
        config.load(environ, tmp_path)
    except config.ConfigurationError as error:
        return error.mistakes
    return []


def test_a_good_configuration_is_taken(tmp_path):
    assert mistakes(tmp_path) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "   "}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "changeme"}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "a" * 64}, "SECRET_KEY is weak"),
        ({"SECRET_KEY": "x" * 31}, "SECRET_KEY is weak"),
        ({"SECRET_KEY_FALLBACKS": "short"}, "SECRET_KEY_FALLBACKS is weak"),
        ({"BASE_URL": None}, "BASE_URL is missing"),
        ({"BASE_URL": "partners.example.com"}, "BASE_URL must be an address without a path"),
        ({"BASE_URL": "https://example.com/partners"}, "BASE_URL must be an address without a path"),
        ({"BASE_URL": "https://example.com?x=1"}, "BASE_URL must be an address without a path"),
        ({"BASE_URL": "https://"}, "BASE_URL must be an address without a path"),
        ({"BASE_URL": "ftp://example.com"}, "BASE_URL must be an address without a path"),
        ({"BASE_URL": "http://partners.example.com"}, "BASE_URL must start with https://"),
        ({"BASE_URL": "http://93.184.216.34"}, "BASE_URL must start with https://"),
        ({"DEMO": "1"}, "DEMO=1 shows every mail to everybody"),
        ({"DEMO": "perhaps"}, "DEMO is 'perhaps': use 1 or 0."),
        ({"DNS_NAMESERVER": "dns.example.com"}, "DNS_NAMESERVER is 'dns.example.com': use an IP address"),
        ({"DNS_NAMESERVER": "192.0.2.1:port"}, "DNS_NAMESERVER is '192.0.2.1:port'"),
        ({"PORT": "0"}, "PORT is '0': use a whole number from 1 to 65535."),
        ({"PORT": "65536"}, "PORT is '65536'"),
        ({"PORT": "http"}, "PORT is 'http'"),
        ({"PORT": "²"}, "PORT is '²'"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES is '-1'"),
        ({"MAIL_PORT": "99999"}, "MAIL_PORT is '99999'"),
        ({"MAIL_USE_TLS": "tls"}, "MAIL_USE_TLS is 'tls': use 1 or 0."),
        ({"MAIL_SERVER": None}, "MAIL_SERVER is missing"),
        ({"MAIL_USERNAME": "portal"}, "MAIL_USERNAME and MAIL_PASSWORD go together"),
        ({"MAIL_PASSWORD": "secret"}, "MAIL_USERNAME and MAIL_PASSWORD go together"),
        ({"MAIL_DEFAULT_SENDER": "partners"}, "MAIL_DEFAULT_SENDER must be an e-mail address."),
        ({"SIGNUP_URL": "example.com/sign-up"}, "SIGNUP_URL must be a full address"),
        ({"SIGNUP_URL": "javascript:alert(1)"}, "SIGNUP_URL must be a full address"),
        ({"DATABASE_URL": "mysql://db/portal"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL must start with postgresql://"),
        ({"DATABASE_URL": "postgresql://"}, "DATABASE_URL must start with postgresql://"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(tmp_path, changes, sentence):
    (told,) = mistakes(tmp_path, **changes)
    assert told.startswith(sentence)
    assert told.endswith(".")


def test_all_mistakes_are_told_at_once(tmp_path):
    told = mistakes(tmp_path, SECRET_KEY=None, BASE_URL=None, MAIL_SERVER=None, PORT="x", DATABASE_URL="x")
    assert len(told) == 5


def test_no_sentence_repeats_a_secret(tmp_path):
    told = mistakes(tmp_path, SECRET_KEY="hunter2", DATABASE_URL="mysql://portal:hunter2@db", MAIL_PASSWORD="hunter2")
    assert len(told) == 3
    assert not any("hunter2" in sentence for sentence in told)


def test_a_wrong_configuration_ends_the_process_with_status_2(capsys):
    with pytest.raises(SystemExit) as ended:
        create_app({"SECRET_KEY": "weak"})
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert "SECRET_KEY is weak" in told
    assert "BASE_URL is missing" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_the_server_says_what_is_wrong_and_stops():
    names = {"PATH", "HOME", "LANG"}
    environ = {name: value for name, value in os.environ.items() if name in names} | {"BASE_URL": "http://example.com"}
    ended = subprocess.run([sys.executable, "-c", "import wsgi"], cwd=ROOT, env=environ, capture_output=True, text=True)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 3


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.5", "[::1]", "portal.internal", "portal.test"])
def test_http_is_enough_where_nobody_listens_in(tmp_path, host):
    assert mistakes(tmp_path, BASE_URL=f"http://{host}:8000") == []
    assert mistakes(tmp_path, BASE_URL=f"http://{host}:8000", DEMO="1") == []


def test_demo_mode_needs_no_setting_at_all(tmp_path):
    settings = config.load({"DEMO": "1"}, tmp_path)
    assert settings["BASE_URL"] == "http://localhost:8000"
    assert settings["SQLALCHEMY_DATABASE_URI"] == f"sqlite:///{tmp_path / 'portal.sqlite3'}"
    assert len(settings["SECRET_KEY"]) == 64


def test_an_address_is_one_address_with_and_without_its_last_slash(tmp_path):
    assert config.load(GOOD | {"BASE_URL": "https://partners.example.com/"}, tmp_path)["BASE_URL"] == GOOD["BASE_URL"]


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_whatever_the_scheme(tmp_path, scheme):
    settings = config.load(GOOD | {"DATABASE_URL": f"{scheme}://portal@db/portal"}, tmp_path)
    assert settings["SQLALCHEMY_DATABASE_URI"] == "postgresql+psycopg://portal@db/portal"


def test_cookies_are_bound_to_the_host_on_https_and_work_on_http(tmp_path):
    secure, plain = config.load(GOOD, tmp_path), config.load({"DEMO": "1"}, tmp_path)
    assert secure["SESSION_COOKIE_NAME"] == "__Host-portal"
    assert secure["SESSION_COOKIE_SECURE"] is True
    assert plain["SESSION_COOKIE_SECURE"] is False
    assert not plain["SESSION_COOKIE_NAME"].startswith("__Host-")


def test_only_the_base_address_is_a_trusted_host(tmp_path):
    assert config.load(GOOD, tmp_path)["TRUSTED_HOSTS"] == ["partners.example.com"]


def test_the_demo_secret_is_made_once_and_kept_to_its_owner(tmp_path):
    first = config.load({"DEMO": "1"}, tmp_path)["SECRET_KEY"]
    assert config.load({"DEMO": "1"}, tmp_path)["SECRET_KEY"] == first
    assert stat.S_IMODE((tmp_path / "demo-secret-key").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["demo-secret-key"]


def test_ten_that_start_at_once_agree_on_the_demo_secret(tmp_path):
    with ThreadPoolExecutor(10) as pool:
        secrets = set(pool.map(lambda _: config.load({"DEMO": "1"}, tmp_path)["SECRET_KEY"], range(10)))
    assert len(secrets) == 1
    script = "import config, pathlib; print(config.load({'DEMO': '1'}, pathlib.Path.cwd())['SECRET_KEY'])"
    environ, other = {"PYTHONPATH": str(ROOT)}, tmp_path / "other"
    other.mkdir()
    running = [
        subprocess.Popen([sys.executable, "-c", script], cwd=other, env=environ, stdout=subprocess.PIPE)
        for _ in range(10)
    ]
    assert len({process.communicate()[0] for process in running}) == 1
    assert os.listdir(other) == ["demo-secret-key"]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("", None),
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_a_name_server_is_an_ip_address_with_or_without_a_port(tmp_path, typed, read):
    assert config.load(GOOD | {"DNS_NAMESERVER": typed}, tmp_path)["DNS_NAMESERVER"] == read
