"""Small rooms: files, functions and their parameters stay small enough to be read in one go, and say what they are."""

from __future__ import annotations

import ast
from statistics import median

from tests.house.source import ROOT, Module, modules

LONG_FILES: dict[str, str] = {}
"""Files over 300 lines, each with its reason; nothing may reach 400."""
NO_DOCSTRING_NEEDED = ("routes", "client_pages", "forms", "models", "cli", "pages", "guard")
"""Pages, forms, rows and commands say what they are by their names; what they promise is told beneath."""


def lines(node: ast.FunctionDef) -> int:
    """How many lines a function has, without decorators and docstring."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    signature = node.body[0].lineno - node.lineno
    return signature + (node.end_lineno or 0) - first.lineno + 1


def is_handler(node: ast.FunctionDef) -> bool:
    """Whether a function is a view: it carries an access label."""
    labels = ("public", "anybody", "signed_in", "org_page", "staff_page", "org_call", "programme_call", "any_token")
    return any(_name(decorator) in labels for decorator in node.decorator_list)


def _name(decorator: ast.expr) -> str:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    return target.id if isinstance(target, ast.Name) else ""


def test_no_file_is_longer_than_a_room():
    sizes = {str(module): module.text.count("\n") for module in modules()}
    sizes |= {f"{path.relative_to(ROOT)}": path.read_text().count("\n") for path in ROOT.glob("*.py")}
    long = {name for name, size in sizes.items() if size > 300}
    assert long - set(LONG_FILES) == set(), "divide it, or name it in LONG_FILES with the reason"
    assert set(LONG_FILES) - long == set(), "these need the exception no more"
    assert max(sizes.values()) < 400


def test_no_line_of_css_is_wider_than_a_line_of_code():
    sheets = list((ROOT / "partner_access").rglob("*.css"))
    assert sheets
    assert not [line for sheet in sheets for line in sheet.read_text().splitlines() if len(line) > 120]


def test_a_folder_holds_at_most_twelve_files():
    """A folder is one subject: whoever adds to a full one divides it first."""
    full = {
        f"{folder.relative_to(ROOT)}": len(files)
        for top in ("partner_access", "templates", "tests")
        for folder in (ROOT / top, *(ROOT / top).rglob("*"))
        if folder.is_dir()
        and folder.name != "__pycache__"
        and len(files := [file for file in folder.iterdir() if file.is_file() and file.name != "__init__.py"]) > 12
    }
    assert not full


def test_most_functions_fit_a_glance_and_none_needs_scrolling():
    sizes = {f"{module}:{node.lineno} {node.name}": lines(node) for module in modules() for node in module.functions()}
    assert not {name: size for name, size in sizes.items() if size > 50}
    assert median(sizes.values()) <= 8


def test_a_route_handler_has_at_most_twenty_lines():
    handlers = {
        f"{module}:{node.lineno} {node.name}": lines(node)
        for module in modules()
        for node in module.functions()
        if is_handler(node)
    }
    assert len(handlers) > 30
    assert not {name: size for name, size in handlers.items() if size > 20}


def test_five_parameters_are_the_most_that_stand_without_a_name():
    wrong = []
    for module in modules():
        for node in module.functions():
            names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            if len([name for name in names if name not in ("self", "cls")]) > 5:
                wrong.append(f"{module}:{node.lineno} {node.name}")
    assert not wrong, wrong


def test_every_module_opens_with_a_sentence_that_says_what_it_knows():
    files = [*(module.path for module in modules()), *ROOT.glob("*.py"), *(ROOT / "migrations").rglob("*.py")]
    wrong = []
    for path in files:
        sentence = ast.get_docstring(ast.parse(path.read_text())) or ""
        first = sentence.split("\n\n")[0]
        if not (first[:1].isupper() or first[:1] == "`") or not first.endswith("."):
            wrong.append(str(path.relative_to(ROOT)))
    assert not wrong, wrong


def test_every_public_function_of_a_domain_module_says_what_it_promises():
    wrong = [
        f"{module}:{node.lineno} {node.name}"
        for module in modules()
        if not set(module.name.split(".")) & set(NO_DOCSTRING_NEEDED)
        for node in _public(module)
        if not ast.get_docstring(node)
    ]
    assert not wrong, "\n".join(wrong)


def _public(module: Module) -> list[ast.FunctionDef]:
    return [node for node in module.tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
