"""A database that is not of this version is refused in one sentence by commands, migrations and a server's start."""

from __future__ import annotations

import logging
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy import text

from partner_access import create_app
from partner_access.db import database
from tests.conftest import ENVIRONMENT, POSTGRESQL
from tests.house.source import ROOT

BEHIND = "has not been migrated to this version: run `flask db upgrade`."
UNRELEASED = "was made by another version from before the first release, which cannot be migrated"
NEWER = "was made by a newer version of Partner Access"
STAMPS = {"0014": UNRELEASED, "0002": UNRELEASED, "open0123456789ab": UNRELEASED, "5a1f09c3d2e4": NEWER}
ON_NO_DATABASE = {"demo": "has its own test", "site": "reads no database"}
"""Commands that are not refused, each with its reason."""


def stamp(revision: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})


def leaves(group: click.Group, *names: str) -> Iterator[tuple[str, ...]]:
    """Every command of the portal, with words that its parameters would take."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from leaves(command, *names, name)
        else:
            yield (*names, name, *(word for one in command.params if one.required for word in given(one)))


def given(parameter: click.Parameter) -> list[str]:
    name = [parameter.opts[0]] if isinstance(parameter, click.Option) else []
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return name
    values: dict[type, Any] = {click.Path: __file__, type(click.UUID): "0197a1b2-0000-7000-8000-000000000000"}
    values[click.DateTime] = "2026-01-01"
    if isinstance(parameter.type, click.Choice):
        return [*name, str(parameter.type.choices[0])]
    return [*name, values.get(type(parameter.type), "1")]


@pytest.fixture
def commands(portal) -> list[tuple[str, ...]]:
    ours = {
        name: command
        for name, command in portal.app.cli.commands.items()
        if name not in ("db", "routes", "run", "shell")
    }
    found = [words for words in leaves(click.Group(commands=ours)) if words[0] not in ON_NO_DATABASE]
    assert len(found) > 20
    return found


@pytest.mark.parametrize(("revision", "sentence"), STAMPS.items())
def test_a_database_of_another_version_is_not_migrated(portal, revision, sentence):
    with portal.app.app_context():
        stamp(revision)
    done = portal.run("db", "upgrade")
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert sentence in done.output


def test_every_command_refuses_a_database_of_another_version(portal, commands):
    with portal.app.app_context():
        stamp("0014")
    for words in commands:
        done = portal.run(*words)
        assert (done.exit_code, done.output.count("\n")) == (1, 1), (words, done.output)
        assert UNRELEASED in done.output


def test_a_database_without_tables_waits_for_its_migration(empty_app):
    done = empty_app.test_cli_runner().invoke(args=["work", "--once"])
    assert (done.exit_code, BEHIND in done.output) == (1, True)


@pytest.mark.skipif(POSTGRESQL, reason="a file is SQLite's")
@pytest.mark.parametrize("words", [("db", "upgrade"), ("work",), ("rules", "show")])
def test_a_file_that_is_no_database_is_called_so(tmp_path, words):
    file = tmp_path / "notes.txt"
    file.write_text("What somebody wrote down. " * 200)
    before = file.read_bytes()
    done = create_app(ENVIRONMENT | {"DATABASE_URL": f"sqlite:///{file}"}).test_cli_runner().invoke(args=words)
    assert (done.exit_code, done.output) == (1, f"Error: The file {file} is not a database.\n")
    assert file.read_bytes() == before


@pytest.mark.parametrize("words", [("db", "upgrade"), ("work",), ("rules", "show")])
def test_a_database_that_is_away_is_called_so(tmp_path, words):
    url = f"sqlite:///{tmp_path}/nowhere/x.db" if not POSTGRESQL else f"postgresql://portal@/portal?host={tmp_path}"
    done = create_app(ENVIRONMENT | {"DATABASE_URL": url}).test_cli_runner().invoke(args=words)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "does not answer" in done.output


def test_a_server_says_at_its_start_what_is_wrong(portal, monkeypatch, caplog):
    for name, value in (ENVIRONMENT | {"DATABASE_URL": portal.database_url}).items():
        monkeypatch.setenv(name, value)
    runpy.run_path(str(ROOT / "wsgi.py"))
    assert caplog.messages == []
    with portal.app.app_context():
        stamp("0014")
    runpy.run_path(str(ROOT / "wsgi.py"))
    assert [(record.levelno, UNRELEASED in record.message) for record in caplog.records] == [(logging.ERROR, True)]


@pytest.fixture
def empty_app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(ENVIRONMENT | {"DATABASE_URL": f"sqlite:///{tmp_path}/empty.db"})
    yield app
    with app.app_context():
        database.engine.dispose()
