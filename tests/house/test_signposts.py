"""What points somewhere points at something: docstrings, the glossary, and where a test lies."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from tests.house.source import ROOT, modules

PACKAGE = ROOT / "partner_access"
ABOUT_THE_WHOLE = ("benchmarks", "faults", "house", "journeys", "servers", "threats")
"""Folders of tests that are about the whole portal."""
OF_SEVERAL = {
    "api/test_plugging_in.py": "a vendor's engineer who has docs/api.md alone",
    "credit/test_machine.py": "plays random histories against a model of all that credits anything",
    "credit/ledger/test_partner_check.py": "docs/check_ledger.py on real files",
    "credit/routes/test_pages.py": "the pages of credit in the order in which people use them",
    "credit/rules/test_rule_texts.py": "every text that names a number of the rules, wherever it stands",
    "integrations/webhooks/test_docs.py": "docs/webhooks.md: its program and its table",
    "organizations/entry/test_races.py": "two ways in at the same moment",
    "organizations/entry/test_scanners.py": "every link of every mail",
    "staff/queue/test_suggestions.py": "the suggestions of all kinds of cases",
    "seals/test_tampering.py": "whatever is changed past the portal, wherever it stands",
    "test_config.py": "config.py stands beside the package",
}
"""Tests of more than one module, each with its subject."""
DOCUMENT = re.compile(r"\b(?:docs/[\w/-]+|[A-Z]{2,})\.md\b")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def names_by_module() -> dict[str, set[str]]:
    """What each module or package defines or imports, by its last name."""
    names = defaultdict(set)
    for module in modules():
        *_, parent, name = ["", *module.name.split(".")]
        names[parent].add(name)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names[name].add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[name].add(node.id)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names[name] |= {alias.asname or alias.name for alias in node.names}
    return names


def test_a_docstring_that_names_a_function_of_a_module_names_one_that_is_there():
    names, mention = names_by_module(), re.compile(r"(?<![\w/.@])([a-z_]+)\.([A-Za-z_]+)(?![\w/]|\.[a-z])")
    wrong = {
        f"{module}:{node.lineno} {found[0]}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for found in mention.finditer(node.value.value)
        if found[1] in names and found[2] != "py" and found[2] not in names[found[1]]
    }
    assert not wrong


def test_every_door_that_the_glossary_names_is_there():
    doors = re.findall(r"`([a-z_/]+(?:\.py|/))`", (ROOT / "docs" / "glossary.md").read_text())
    files = {f"/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*")} | {"/config.py", "/partner_access"}
    assert len(doors) > 40
    assert not {door for door in doors if not any(file.endswith(f"/{door.rstrip('/')}") for file in files)}


def test_a_test_lies_where_what_it_tests_lies():
    tests = {f"{path.relative_to(ROOT / 'tests')}" for path in (ROOT / "tests").rglob("test_*.py")}
    about_one = {test for test in tests if not test.startswith(ABOUT_THE_WHOLE)}
    astray = {test for test in about_one if not (PACKAGE / test.replace("test_", "", 1)).exists()}
    assert astray == OF_SEVERAL.keys()


def test_every_link_of_the_documents_leads_somewhere():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    links = [(page, link) for page in pages for link in LINK.findall(page.read_text()) if "://" not in link]
    assert len(links) > 10
    assert not [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]


def test_every_document_that_the_code_names_is_in_the_repository():
    named = [(module, name) for module in modules() for name in DOCUMENT.findall(module.text)]
    assert len(named) > 10
    assert not [f"{module}: {name}" for module, name in named if not (ROOT / name).is_file()]
