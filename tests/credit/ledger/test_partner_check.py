"""The script for partners proves a ledger file by itself, and finds what anybody changed in it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.credit.agencies import Agency, day, works
from tests.factories import make_sign_up
from tests.house.source import ROOT
from tests.portal import Portal

SCRIPT = ROOT / "docs" / "check_ledger.py"


@pytest.fixture
def acme(portal: Portal) -> Agency:
    acme = Agency(portal, "Acme")
    with day(0):
        make_sign_up(portal, "münchen.example", referral=acme.link(), company="=Client, “München”")
        make_sign_up(portal, "two.example", referral=acme.link())
    with day(40):
        works(portal)
    return acme


@pytest.fixture
def file(portal: Portal, acme: Agency, tmp_path: Path) -> Path:
    return download(portal, acme, tmp_path)


def download(portal: Portal, acme: Agency, folder: Path, query: str = "") -> Path:
    path = folder / "credit.csv"
    path.write_bytes(portal.sign_in(acme.person.email).get(f"/orgs/acme/credit.csv{query}").data)
    return path


def check(path: Path, *head: str) -> tuple[int, str]:
    """What the script says of a file, by a Python that has nothing of ours."""
    done = subprocess.run([sys.executable, "-I", SCRIPT, path, *head], capture_output=True, text=True)
    assert not done.stderr
    return done.returncode, done.stdout.strip()


def test_a_real_file_is_all_right(portal, acme, file, tmp_path):
    assert check(file) == (0, "all right")
    for month in ("2025-09", "2025-10", "2025-11"):
        assert check(download(portal, acme, tmp_path, f"?month={month}")) == (0, "all right")


def test_a_hash_that_was_kept_is_looked_for(acme, file):
    assert check(file, acme.entries()[1].hash) == (0, "all right")
    assert check(file, "1" * 64)[0] == 1


CHANGES: dict[str, tuple[Callable[[list[str]], object], str]] = {
    "a client": (lambda rows: change(rows, 2, ",Client,", ",Other,"), "line 2: its client"),
    "a website": (lambda rows: change(rows, 1, "münchen", "muenchen"), "line 1: its client or its website"),
    "a reason": (lambda rows: change(rows, 2, ",credited-code,", ",own-site,"), "line 2: its numbers"),
    "a balance": (lambda rows: change(rows, 2, ",1,0,0,2,0,0,", ",1,0,0,3,0,0,"), "line 2: its numbers"),
    "what is sealed": (lambda rows: change(rows, 2, '""pending"":1', '""pending"":2'), "line 2: it was changed"),
    "a salted text": (lambda rows: change(rows, 2, '""Client""', '""Other""'), "line 2: its client"),
    "a line taken out": (lambda rows: rows.pop(3), "line 3: it was changed, or does not follow"),
    "the last line taken out": (lambda rows: rows.pop(5), "missing before the closing balance"),
    "two lines exchanged": (lambda rows: rows.insert(2, rows.pop(3)), "does not follow the line before it"),
}  # fmt: skip


def change(rows: list[str], row: int, old: str, new: str, count: int = -1) -> None:
    place = row + 1
    assert old in rows[place], rows[place]
    rows[place] = rows[place].replace(old, new, count)


@pytest.mark.parametrize("name", CHANGES)
def test_what_was_changed_is_found(file, name):
    rows = file.read_text("utf-8-sig").splitlines(keepends=True)
    act, expected = CHANGES[name]
    act(rows)
    file.write_text("".join(rows), "utf-8-sig")
    status, told = check(file)
    assert status == 1 and expected in told, told


def test_a_client_that_was_erased_leaves_the_chain_right(portal, acme, file, tmp_path):
    first = acme.entries()[0]
    for row in acme.entries():
        if row.client_id == first.client_id:
            options = ["--org", "acme", "--reason", "They asked us to."]
            told = portal.run("audit", "erase", "credit_entry", str(row.id), *options)
            assert told.exit_code == 0, told.output
    path = download(portal, acme, tmp_path)
    assert "[erased]" in path.read_text("utf-8-sig") and "München" not in path.read_text("utf-8-sig")
    assert check(path) == (0, "all right")
    assert portal.run("ledger", "verify").exit_code == portal.run("verify").exit_code == 0
