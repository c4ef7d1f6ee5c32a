"""Imports point down only: the contracts in pyproject.toml hold, and each of them is red for what it forbids."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOT

LINT = Path(sys.executable).with_name("lint-imports")

PLANTED = {
    "a feature imports a feature above it": (
        "organizations/entry/rules.py", "from partner_access.credit.rules import engine", "Floors of the house",
    ),
    "a surface imports another surface": (
        "cli/unit.py", "from partner_access.staff.queue import queue", "Floors of the house",
    ),
    "the database imports the audit log": (
        "db.py", "from partner_access.audit import records", "Floors of the house",
    ),
    "integrations import a surface": (
        "integrations/__init__.py", "from partner_access.cli import unit", "Floors of the house",
    ),
    "credit imports integrations": (
        "credit/touchpoints/links.py", "from partner_access import integrations", "Floors of the house",
    ),
    "a module stands on no floor": ("strays.py", "", "Floors of the house"),
    "the rules look at rows above them": (
        "credit/rules/engine.py", "from partner_access.credit.touchpoints import leads", "Floors of credit",
    ),
    "the ledger imports the rules beside it": (
        "credit/ledger/entries.py", "from partner_access.credit.rules import engine", "Floors of credit",
    ),
    "the team imports the ways in": (
        "organizations/team/topics.py", "from partner_access.organizations.entry import rules",
        "Floors of organizations",
    ),
    "the queue imports its pages": (
        "staff/queue/queue.py", "from partner_access.staff.routes import queue", "Floors of the staff console",
    ),
    "tables of people import who signs in": (
        "accounts/models.py", "from partner_access.accounts import sessions", "Floors of accounts",
    ),
}  # fmt: skip
"""What is wrong -> the file, the line that is put at its end, and the contract that has to be red for it."""


def lint(folder: Path) -> tuple[int, str]:
    """Run the contracts over the package in a folder; the exit code and what was printed."""
    command = [LINT, "--no-cache", str(ROOT / "pyproject.toml")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_contracts_hold():
    status, told = lint(ROOT)
    assert status == 0, told


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED.values(), ids=PLANTED)
def test_a_planted_import_makes_its_contract_red(tmp_path, file, line, contract):
    shutil.copytree(ROOT / "partner_access", tmp_path / "partner_access", ignore=shutil.ignore_patterns("*.pyc"))
    planted = tmp_path / "partner_access" / file
    planted.parent.mkdir(exist_ok=True)
    with planted.open("a") as module:
        module.write(f"\n{line}\n")
    status, told = lint(tmp_path)
    assert status == 1, told
    assert f"{contract} BROKEN" in told
