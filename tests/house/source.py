"""The portal's own source, parsed once, for the tests that read code instead of running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Module:
    """One file; `name` is dotted, a package's is without `__init__`."""

    name: str
    path: Path
    text: str
    tree: ast.Module

    def __str__(self) -> str:
        return str(self.path.relative_to(ROOT))

    @property
    def top(self) -> str:
        """The feature or the foundation module it belongs to: what follows `partner_access.`."""
        return [*self.name.split("."), ""][1]

    def calls(self, *names: str) -> Iterator[ast.Call]:
        """Calls of these, by their last name: `commit` for `session().commit()`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and called(node) in names:
                yield node

    def functions(self) -> Iterator[ast.FunctionDef]:
        """Every function and method, inner ones too."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef):
                yield node

    def function_of(self, node: ast.AST) -> str:
        """The name of the top-level function or class around a node, or ''."""
        for outer in self.tree.body:
            if isinstance(outer, ast.FunctionDef | ast.ClassDef) and node in ast.walk(outer):
                return outer.name
        return ""


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the package."""
    found = []
    for path in sorted((ROOT / "partner_access").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        text = path.read_text()
        found.append(Module(name, path, text, ast.parse(text)))
    return tuple(found)


def called(node: ast.Call) -> str:
    """The last name of what is called, or ''."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def imports(module: Module) -> Iterator[tuple[str, ast.stmt]]:
    """What a module imports, as dotted names of modules; of ours always the module, never the name in it."""
    names = {other.name for other in modules()}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield (full if full in names else str(node.module)), node


def literal(node: ast.AST | None) -> str | None:
    """The text of a string constant, else None."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def sentences(module: Module) -> Iterator[tuple[str, int]]:
    """Texts of several words that people may read, with their line; docstrings are for us."""
    quiet = {id(doc) for doc in _docstrings(module.tree)}
    for node in ast.walk(module.tree):
        text = literal(node)
        if text and " " in text.strip() and id(node) not in quiet:
            yield text, node.lineno  # type: ignore[attr-defined]


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    """String statements: of modules, classes, functions, and those beneath a constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and literal(node.value) is not None:
            yield node.value
