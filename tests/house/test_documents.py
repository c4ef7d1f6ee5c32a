"""What the documents show is so: commands exist, blocks of commands run, pictures are of today's tables."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.conftest import ENVIRONMENT, POSTGRESQL
from tests.house.source import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"`flask ([a-z][^`]*)`")
RUN_ELSEWHERE = {
    "script/server": "serves until it is stopped; the tests of faults and journeys start the same server",
    "script/setup --dev": "is how these tests came to run",
    "script/test": "runs these tests",
    ".venv/bin/python -m pytest": "likewise",
    "TEST_DATABASE=postgresql": "likewise",
    ".venv/bin/ruff": "script/test runs it",
    "python3 check_ledger.py": "tests/credit/ledger/test_partner_check.py",
    "export DEMO=1": "tests/cli/test_demo.py",
    ".venv/bin/flask signups import examples/sign-ups.csv": "tests/credit/imports/test_imports.py",
    ".venv/bin/flask work --once": "tests/cli/test_work.py",
}
"""Commands that stand in the documents and are not run from there, each with the reason."""
RUN_WITH_A_SERVER = {"bash", "python"}
"""Languages of the blocks that tests/api/test_plugging_in.py runs, one after the other."""
NO_COMMANDS = {"mermaid", "json", "text", "csv"}


def blocks() -> list[tuple[Path, str, str]]:
    """The page, the language and the text of every code block."""
    return [(page, *block) for page in PAGES for block in BLOCK.findall(page.read_text())]


def to_run() -> list[str]:
    """The blocks of shell commands that are not all run elsewhere."""
    shell = [text for _page, language, text in blocks() if language == "sh"]
    return [text for text in shell if any(not _is_run_elsewhere(line.strip()) for line in text.splitlines())]


def _is_run_elsewhere(line: str) -> bool:
    return not line or line.startswith(("#", *RUN_ELSEWHERE))


def test_every_block_is_of_commands_or_plainly_no_command():
    assert {language for _page, language, _text in blocks()} <= {"sh", *RUN_WITH_A_SERVER, *NO_COMMANDS}


@pytest.mark.parametrize("block", to_run(), ids=lambda block: block.split("\n")[0][:40])
@pytest.mark.skipif(POSTGRESQL, reason="the same commands")
def test_a_block_runs_and_prints_what_it_says(portal, tmp_path, block):
    env = {**os.environ, **ENVIRONMENT, "DATABASE_URL": portal.database_url}
    run = [
        "bash",
        "-euo",
        "pipefail",
        "-c",
        block.replace("/elsewhere/", f"{tmp_path}/").replace("2026-11-01", "$(date +%F)"),
    ]
    done = subprocess.run(run, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shown = [line.removeprefix("# ") for line in block.splitlines() if line.startswith("# ")]
    assert [line for line in shown if line not in done.stdout.splitlines()] == []


def test_every_command_that_the_documents_name_is_there_with_its_options(portal):
    named = [(page, text) for page in PAGES for text in COMMAND.findall(page.read_text())]
    assert len(named) > 20
    assert [f"{page.name}: flask {text}" for page, text in named if not _exists(portal.app.cli, text)] == []


def _exists(command: click.Command, text: str) -> bool:
    for word in text.split():
        if not isinstance(command, click.Group):
            break
        if word.startswith("-") or word not in command.commands:
            return word == text.split()[-1] and word.startswith("-")
        command = command.commands[word]
    options = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    return set(re.findall(r"--[a-z][a-z-]*", text)) <= options


def test_the_data_model_is_drawn_from_the_models_of_today():
    made = subprocess.run(
        [sys.executable, "script/data_model.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "data-model.md").read_text() == made.stdout, "write it anew: see its first lines"
