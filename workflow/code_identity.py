"""The identity of the code that a job computes with: when it changes, the job's result is stale.

`code_of` follows the import statements of a script through our packages, wherever in a file they stand. It reads files
and imports nothing. The syntax tree of every module that it meets counts, with the data files beside the module that
its text names. Comments, layout, docstrings, the `description` of a `Field` and other libraries do not count; of a
registry, entries that `only` leaves out do not count, nor do the imports that only they need.
"""

import ast
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dakpn.errors import InputError

ROOT = Path(__file__).parents[1]
PACKAGES = ("baselines", "dakpn", "workflow")
REFUSED = frozenset("__import__ eval exec import_module".split())
"""Names that hide which code runs."""


class Code(NamedTuple):
    """What a script computes with: a sha256 in hexadecimal, and our modules that Python loads for it."""

    digest: str
    loaded: frozenset[str]


def code_of(script: str, only: Mapping[str, Iterable[str]] | None = None, *, root: Path = ROOT) -> str:
    """The digest of everything in our packages that `script` computes with. Arguments and errors as in `trace`."""
    return trace(script, only, root=root).digest


def trace(script: str, only: Mapping[str, Iterable[str]] | None = None, *, root: Path = ROOT) -> Code:
    """What `script` computes with; a path relative to `root`, such as workflow/scripts/score.py.

    only: registry -> the keys that the job uses, for instance {"baselines.METHODS": ["cyclegan"]}. A registry is a dict
    literal with string keys at the top of a module. Every file is read once per process.
    Raises InputError for a script or module that does not exist, a registry that the script does not use, that is no
    dict literal or that lacks a key, and for code in REFUSED; SyntaxError for a file that is no Python.
    """
    keys = {name.rpartition(".")[0]: (name.rpartition(".")[2], frozenset(of)) for name, of in (only or {}).items()}
    waiting, modules = [(script.removesuffix(".py").replace("/", "."), script)], {}
    while waiting:
        name, where = waiting.pop()
        if name not in modules:
            if not (file := _file(root, name)):
                raise InputError(f"{where}: there is no module {name} in {root}. Correct the name.")
            modules[name] = _module(root, name, file, *keys.get(name, ("", frozenset())))
            waiting += modules[name].imports
    for module in keys.keys() - modules.keys():
        raise InputError(f"{script}: does not use {module}. Leave it out of `only`.")
    digest = hashlib.sha256(b"".join(modules[name].digest for name in sorted(modules)))
    return Code(digest.hexdigest(), frozenset(modules))


class _Module(NamedTuple):
    digest: bytes
    imports: tuple[tuple[str, str], ...]
    """Our modules that it imports, each with the file and line that ask for it."""


@cache
def _module(root: Path, name: str, file: Path, registry: str, keys: frozenset[str]) -> _Module:
    text, place = file.read_text(encoding="utf-8"), file.relative_to(root).as_posix()
    tree = ast.parse(text, place)
    if registry:
        _restrict(tree, f"{name}.{registry}", keys, place)
    reader = _Reader(root, name if file.stem == "__init__" else name.rpartition(".")[0], place)
    digest = hashlib.sha256(f"{name} {ast.dump(reader.visit(tree))}".encode() + _data(file, text))
    around = (".".join(name.split(".")[:end]) for end in range(1, name.count(".") + 1))
    return _Module(digest.digest(), (*((one, place) for one in around if _file(root, one)), *reader.imports))


@cache
def _file(root: Path, name: str) -> Path | None:
    path = root.joinpath(*name.split("."))
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


def _restrict(tree: ast.Module, registry: str, keys: frozenset[str], place: str) -> None:
    """Leave in the tree these entries of the registry alone, and the imports that something in the tree mentions."""
    name = registry.rpartition(".")[2]
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    values = [node.value for node in assigned if name in {part.id for part in ast.walk(node) if _stored(part)}]
    if len(values) != 1 or not isinstance(values[0], ast.Dict):
        raise InputError(f"{place}: {registry} is no dict literal with string keys. Correct `only`.")
    entries = {key.value: (key, value) for key, value in zip(values[0].keys, values[0].values, strict=True)}
    if missing := keys - entries.keys():
        raise InputError(f"{place}: {registry} has no {min(missing)}. It has {', '.join(entries)}.")
    chosen = [entries[key] for key in sorted(keys)]
    values[0].keys, values[0].values = [key for key, _ in chosen], [value for _, value in chosen]
    said = {part.id for part in ast.walk(tree) if isinstance(part, ast.Name)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            node.names = [alias for alias in node.names if (alias.asname or alias.name) in said]
    tree.body = [node for node in tree.body if getattr(node, "names", True)]


def _stored(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


class _Reader(ast.NodeTransformer):
    """Takes from a tree what changes no result, and collects the imports of our packages."""

    def __init__(self, root: Path, package: str, place: str) -> None:
        self.root, self.package, self.place = root, package, place
        self.imports: list[tuple[str, str]] = []

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        text = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if text else self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if "Field" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self._refuse(node, node.id)

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        # The `eval` of a network is another.
        return self.generic_visit(node if node.attr == "eval" else self._refuse(node, node.attr))

    def _refuse(self, node: ast.expr, name: str) -> ast.AST:
        if name in REFUSED:
            raise InputError(f"{self.place}:{node.lineno}: {name} hides which code runs. Write imports.")
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST:
        return self._imported(node, [alias.name for alias in node.names])

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        around = self.package.split(".")[: 1 - node.level or None] if node.level else []
        origin = ".".join([*around, *filter(None, [node.module])])
        inner = [f"{origin}.{alias.name}" for alias in node.names]
        return self._imported(node, [origin, *(name for name in inner if _file(self.root, name))])

    def _imported(self, node: ast.stmt, names: Iterable[str]) -> ast.AST:
        own = (name for name in names if name.split(".")[0] in PACKAGES)
        self.imports += [(name, f"{self.place}:{node.lineno}") for name in own]
        return node


def _data(file: Path, text: str) -> bytes:
    """Data files in the module's folder or below that its text names, that are named like it, or that these name; all
    where it asks for its own place and names none.
    """
    beside = _data_files(file.parent)
    files = [one for one in beside if one.name in text or one.name.split(".")[0] == file.stem]
    for one in files:
        inner = one.read_text(encoding="utf-8", errors="replace")
        files += [other for other in beside if other.name in inner and other not in files]
    if "__file__" in text and not files:
        files = beside
    return b"".join(one.relative_to(file.parent).as_posix().encode() + one.read_bytes() for one in sorted(files))


@cache
def _data_files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.suffix not in {".py", ".pyc"} and file.is_file()]
