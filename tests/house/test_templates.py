"""Templates say things and decide nothing; each is used, and none uses a word that pages avoid."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from statistics import median

import pytest
from jinja2 import Environment, nodes

from partner_access.permissions import Permission, Role
from tests.house.source import ROOT, Module, literal, modules, sentences

FOLDER = ROOT / "templates"
MAIL_PARTS = {"subject.txt", "body.txt", "body.html"}
FORBIDDEN_WORDS = re.compile(r"\b(please|sorry|invalid|oops|tenants?|users?)\b(?!-agent)", re.IGNORECASE)
MAY_BE_SAFE: dict[str, str] = {}
"""Templates that may print HTML unescaped, each with its reason. None does."""
MAY_NAME_A_ROLE = {"organizations/entry/_choices.html": "it says “as an owner” and “as a member”"}
NOT_FOR_PEOPLE = {
    "partner_access.audit.kinds": "names of events",
    "partner_access.db": "what it says, it says to programmers",
    "partner_access.keys.shared_hosts": "lists of names",
    "partner_access.keys.wrappers": "lists of names and patterns",
}
"""Modules whose texts nobody reads on a page, in a mail or on a command line."""
DECIDES = {"role", "is_owner", "is_admin", "is_staff", "permission", "allows", "role_name"}
ASKS_THE_DATABASE = {"query", "session", "execute", "scalars", "scalar", "filter_by", "all", "commit"}


@cache
def templates() -> dict[str, str]:
    """Every template's name and text."""
    return {
        str(path.relative_to(FOLDER)): path.read_text()
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


@cache
def parsed() -> dict[str, nodes.Template]:
    """Every template's tree; one that does not parse raises here."""
    environment = Environment(autoescape=True)
    return {name: environment.parse(text) for name, text in templates().items()}


def pages() -> list[str]:
    """The HTML templates that are not mail."""
    return [name for name in templates() if name.endswith(".html") and not name.startswith("mail/")]


def rendered() -> Iterator[tuple[Module, ast.Call, ast.expr]]:
    """Every call that renders a template, with its name."""
    for module in modules():
        for call in module.calls("render_template", "get_template"):
            if call.args:
                yield module, call, call.args[0]


def test_every_template_is_used():
    used = set()
    for name, tree in parsed().items():
        for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            assert isinstance(node.template, nodes.Const), f"{name} names another template by an expression"
            used.add(node.template.value)
    patterns = [_pattern(name) for _, _, name in rendered()] + [_pattern(name) for name in _named_templates()]
    idle = [
        name
        for name in templates()
        if name not in used and not any(re.fullmatch(pattern, name) for pattern in patterns)
    ]
    assert not idle, idle


def _named_templates() -> Iterator[ast.expr]:
    """Templates that a function gets by name: `_page("accounts/sign_in.html", form)`."""
    for module in modules():
        for node in ast.walk(module.tree):
            if (literal(node) or "").endswith(".html"):
                yield node  # type: ignore[misc]


def _pattern(name: ast.expr) -> str:
    """A regular expression for the names that an expression can give."""
    if literal(name) is not None:
        return re.escape(literal(name) or "")
    if isinstance(name, ast.JoinedStr):
        return "".join(re.escape(literal(part) or "") if literal(part) else "[^/]+" for part in name.values)
    return "(?!)"


def test_every_template_that_is_rendered_exists():
    for module, call, name in rendered():
        if isinstance(name, ast.Constant | ast.JoinedStr):
            exists = any(re.fullmatch(_pattern(name), known) for known in templates())
            assert exists, f"{module}:{call.lineno}"


def test_templates_ask_nothing_but_may():
    wrong = []
    for name, tree in parsed().items():
        for node in tree.find_all(nodes.Call):
            if isinstance(node.node, nodes.Getattr) and node.node.attr in ASKS_THE_DATABASE:
                wrong.append(f"{name}:{node.lineno} calls {node.node.attr}()")
            if isinstance(node.node, nodes.Name) and node.node.name == "may":
                permission = getattr(node.args[0], "value", None)
                if permission not in list(Permission):
                    wrong.append(f"{name}:{node.lineno} asks for {permission}, which is no permission")
        if name not in MAY_NAME_A_ROLE:
            wrong += [f"{name}:{test.lineno} decides by itself" for test in _tests(tree) if _decides(test)]
    assert not wrong, "\n".join(wrong)


def _tests(tree: nodes.Template) -> Iterator[nodes.Node]:
    """The conditions of a template."""
    for node in tree.find_all((nodes.If, nodes.CondExpr)):
        assert isinstance(node, nodes.If | nodes.CondExpr)
        yield node.test
    yield from tree.find_all(nodes.Compare)


def _decides(test: nodes.Node) -> bool:
    found = [node.attr for node in test.find_all(nodes.Getattr)] + [node.name for node in test.find_all(nodes.Name)]
    roles = [node.value for node in test.find_all(nodes.Const) if node.value in list(Role)]
    return bool(DECIDES & set(found) or roles)


def test_nothing_is_printed_unescaped():
    for name, tree in parsed().items():
        filters = {node.name for node in tree.find_all(nodes.Filter)}
        assert "safe" not in filters or name in MAY_BE_SAFE, name
        assert not list(tree.find_all(nodes.ScopedEvalContextModifier)), f"{name} switches escaping off"
    ways = ("Markup", "render_template_string")
    assert not [f"{module}:{call.lineno}" for module in modules() for call in module.calls(*ways)]


@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a style attribute", r"<[^>]*\sstyle\s*="),
        ("an inline script", r"<script(?![^>]*\ssrc=)"),
        ("a style element", r"<style"),
        ("an event handler", r"<[^>]*\son[a-z]+\s*="),
        ("an address that runs a script", r"javascript:"),
        ("something of another site", r"<(?:img|script|link|iframe)[^>]*(?:src|href)\s*=\s*[\"']?(?:https?:)?//"),
    ],
)
def test_no_page_holds_what_the_content_security_policy_refuses(what, pattern):
    assert not [name for name in pages() if re.search(pattern, templates()[name], re.IGNORECASE)], what


def test_a_mail_loads_nothing_and_is_short():
    for name, text in templates().items():
        if name.startswith("mail/"):
            assert not re.search(r"<img|<script|src=|[:,\s]url\(", text, re.IGNORECASE), name
            assert len(text) < 20_000, name


def test_every_mail_is_a_folder_of_three_files_and_every_folder_is_sent():
    paths = [path for path in (FOLDER / "mail").iterdir() if path.is_dir()]
    folders = {path.name: {part.name for part in path.iterdir()} for path in paths}
    assert {name: parts for name, parts in folders.items() if parts != MAIL_PARTS} == {}
    sent = {literal(call.args[0]) for call in _queued()}
    assert None not in sent, "a mail is queued under a name that is no literal"
    assert sent == set(folders)


def _queued() -> Iterator[ast.Call]:
    for module in modules():
        for call in module.calls("queue"):
            if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "mail":
                yield call


def test_the_words_that_people_read_are_ours():
    wrong = [
        f"templates/{name}: {found[0]!r} in {text.strip()!r}"
        for name, tree in parsed().items()
        for text in _visible(tree)
        if (found := FORBIDDEN_WORDS.search(text))
    ]
    wrong += [
        f"{module}:{line}: {found[0]!r} in {text!r}"
        for module in modules()
        if module.name not in NOT_FOR_PEOPLE
        for text, line in sentences(module)
        if (found := FORBIDDEN_WORDS.search(text))
    ]
    assert not wrong, "\n".join(wrong)


def _visible(tree: nodes.Template) -> Iterator[str]:
    """Text between tags, text of attributes that are read out, and sentences in expressions."""
    for data in tree.find_all(nodes.TemplateData):
        yield re.sub(r"<[^>]*>", " ", data.data)
        yield from re.findall(r"(?:aria-label|title|alt|placeholder)=\"([^\"]*)", data.data)
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and " " in const.value:
            yield const.value


def test_most_pages_fit_a_screen():
    lengths = {name: templates()[name].count("\n") for name in pages()}
    assert median(lengths.values()) <= 40
    assert {name: length for name, length in lengths.items() if length > 200} == {}


def test_every_page_has_a_title_and_a_heading():
    """That it is one heading is seen by the crawl (tests/house/tenancy/crawl.py) on what is sent."""
    extending = [name for name in pages() if '{% extends "base.html" %}' in templates()[name]]
    assert not [name for name in extending if "block title" not in templates()[name] or "<h1" not in templates()[name]]
    lists = [name for name in pages() if '{% extends "web/events.html" %}' in templates()[name]]
    assert lists and not [name for name in lists if "{% set heading" not in templates()[name]]
