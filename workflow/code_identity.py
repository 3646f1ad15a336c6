"""The identity of the code that a job computes with: when it changes, the job's result is stale.

`code_of` follows the imports of a script through our packages. It reads files and imports nothing.

What counts. Every statement of the script. Of each module that is imported, directly or by others, the definitions that
counted code mentions by name: functions, classes with all their methods, assignments and imports. Every other statement
at the top of such a module counts even if nothing mentions it, because importing the module runs it; so do assignments
that call our own code and definitions under decorators of our own. A module that is used as an object (`from dakpn.data
import images`) counts whole; a package does so with all that lies in it. Data files beside a counted module count.

What does not count. Comments, layout, docstrings and the `description` of a `Field`. Definitions that no counted code
mentions. Entries of a registry that `only` leaves out. Other libraries, and files that a job names as its inputs.

What is assumed. While a module is loaded, the body of a class, default values and calls of other libraries change no
other module. Code that hides what it runs (REFUSED) is an error.
"""

import ast
import builtins
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from dakpn.errors import InputError

PACKAGES = ("baselines", "dakpn", "workflow")
ROOT = Path(__file__).parents[1]
REFUSED = frozenset("__import__ __init_subclass__ __subclasses__ eval exec globals import_module".split())
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


class Code(NamedTuple):
    """What a script computes with."""

    digest: str
    """sha256 in hexadecimal; the same wherever the repository lies."""
    loaded: frozenset[str]
    """Our modules that Python loads for the script, by dotted name."""
    counted: dict[str, frozenset[str]]
    """Module -> names of its definitions that count."""


def code_of(script: str | Path, only: Mapping[str, Iterable[str]] | None = None, *, root: Path = ROOT) -> str:
    """The digest of everything in our packages that `script` computes with. Arguments and errors as in `trace`."""
    return trace(script, only, root=root).digest


def trace(script: str | Path, only: Mapping[str, Iterable[str]] | None = None, *, root: Path = ROOT) -> Code:
    """What `script` computes with; a path relative to `root`, such as workflow/scripts/score.py.

    only: registry -> the keys that the job uses, for instance {"baselines.METHODS": ["cyclegan"]}. A registry is a dict
    literal with string keys at the top of a module. Its other entries do not count, nor do imports of that module that
    only they need. Every file is read once per process.
    Raises InputError for a script, module or imported name that does not exist, a registry that the script does not
    use, that is no dict literal or that lacks a key, and for code in REFUSED; SyntaxError for a file that is no Python.
    """
    return _Search(root, {name: tuple(keys) for name, keys in (only or {}).items()}).run(Path(script))


@dataclass(eq=False)
class _Statement:
    """A statement at the top of a module; an import of several names is one statement for each."""

    where: str  # file and line, for messages
    node: ast.stmt
    text: str = ""  # its syntax tree
    mentions: set[str] = field(default_factory=set)
    imports: list[tuple[str, str]] = field(default_factory=list)  # module of ours, name in it or "*"
    binds: frozenset[str] = frozenset()
    acts: bool = True  # whether it may do more than bind names when the module is loaded


@dataclass(eq=False)
class _Module:
    name: str
    package: str  # what relative imports start from
    statements: list[_Statement]
    by_name: dict[str, list[_Statement]]
    data: bytes  # names and contents of the data files beside it


class _Search:
    """Everything that one script reaches."""

    def __init__(self, root: Path, only: dict[str, tuple[str, ...]]) -> None:
        self.root, self.only, self.paths = root, only, _paths(root)
        self.loaded: dict[str, _Module] = {}
        self.counted: dict[_Statement, _Statement] = {}  # statement -> itself, or a registry with the wanted entries
        self.waiting: list[tuple[_Module, _Statement]] = []

    def run(self, script: Path) -> Code:
        name = ".".join(script.with_suffix("").parts)
        self.count_whole(self.load(name, str(script)))
        while self.waiting:
            self.follow(*self.waiting.pop())
        digest, counted = hashlib.sha256(), {}
        for name, module in sorted(self.loaded.items()):
            if own := [self.counted[one] for one in module.statements if one in self.counted]:
                counted[name] = frozenset().union(*(one.binds for one in own))
                digest.update("\n".join([name, *(one.text for one in own), ""]).encode() + module.data)
        for registry, _, variable in (entry.rpartition(".") for entry in self.only):
            if variable not in counted.get(registry, ()):
                raise InputError(f"{script}: does not use {registry}.{variable}. Leave it out of `only`.")
        return Code(digest.hexdigest(), frozenset(self.loaded), counted)

    def load(self, name: str, where: str) -> _Module:
        """The module. Loading it loads the packages around it and what it imports, and runs its acting statements."""
        if name in self.loaded:
            return self.loaded[name]
        if name not in self.paths:
            raise InputError(f"{where}: there is no module {name} below {self.root}. Correct the name.")
        parts = name.split(".")
        for package in (".".join(parts[:end]) for end in range(1, len(parts))):
            if package in self.paths:
                self.load(package, where)
        module = self.loaded[name] = _module(self.root, name)
        restricted = any(entry.rpartition(".")[0] == name for entry in self.only)
        for statement in module.statements:
            if statement.acts:
                self.waiting.append((module, statement))
            elif isinstance(statement.node, (*IMPORTS, ast.ClassDef)) and not restricted:
                for imported in statement.imports:
                    self.resolve(*imported, statement.where)
        return module

    def resolve(self, name: str, wanted: str, where: str) -> tuple[_Module, _Module | None]:
        """The module of this name, and the submodule if `wanted` is one."""
        module, inner = self.load(name, where), f"{name}.{wanted}"
        submodule = self.load(inner, where) if inner in self.paths else None
        if not submodule and wanted != "*" and not {wanted, "*"} & module.by_name.keys():
            raise InputError(f"{where}: there is no {wanted} in {name}. Correct the import.")
        return module, submodule

    def count_whole(self, module: _Module) -> None:
        self.waiting += [(module, statement) for statement in module.statements]
        if module.name == module.package:
            for inner in [name for name in self.paths if name.startswith(f"{module.name}.")]:
                inside = self.load(inner, module.name)
                self.waiting += [(inside, statement) for statement in inside.statements]

    def follow(self, module: _Module, statement: _Statement) -> None:
        """Count a statement, and put what it mentions and imports on the list."""
        if statement in self.counted:
            return
        keys = [self.only[full] for name in statement.binds if (full := f"{module.name}.{name}") in self.only]
        used = _with_entries(statement, keys[0], module.package) if keys else statement
        self.counted[statement] = used
        for name in sorted(used.mentions & REFUSED):
            raise InputError(f"{used.where}: {name} hides which code runs. Write imports and literal registries.")
        for name in used.mentions & module.by_name.keys():
            self.waiting += [(module, other) for other in module.by_name[name]]
        for name, wanted in used.imports:
            origin, submodule = self.resolve(name, wanted, used.where)
            self.waiting += [(origin, other) for other in origin.by_name.get(wanted, ())]
            for whole in filter(None, [origin if wanted == "*" else None, submodule]):
                self.count_whole(whole)


@cache
def _paths(root: Path) -> dict[str, Path]:
    """Dotted name -> file of every module in our packages."""
    files = (path for package in PACKAGES for path in (root / package).rglob("*.py"))
    return {".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


@cache
def _module(root: Path, name: str) -> _Module:
    path = _paths(root)[name]
    text = path.read_text(encoding="utf-8")
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    where = path.relative_to(root).as_posix()
    statements = [one for node in ast.parse(text, str(path)).body for one in _read(node, where, package)]
    by_name: dict[str, list[_Statement]] = {}
    for statement in statements:
        for bound in statement.binds:
            by_name.setdefault(bound, []).append(statement)
    foreign = {name for one in statements if isinstance(one.node, IMPORTS) and not one.imports for name in one.binds}
    for statement in statements:
        statement.acts = _acts(statement.node, foreign)
    return _Module(name, package, statements, by_name, _data(path, text))


def _data(path: Path, text: str) -> bytes:
    """Data files beside a module that its text names or that are named like it, and files that those name in turn.

    A module that asks for its place and names none of them may read them all.
    """
    beside = [file for file in sorted(path.parent.iterdir()) if file.is_file() and file.suffix not in {".py", ".pyc"}]
    found = [file for file in beside if file.name in text or file.name.split(".")[0] == path.stem]
    for file in found:
        inner = file.read_text(encoding="utf-8", errors="replace")
        found += [other for other in beside if other.name in inner and other not in found]
    if "__file__" in text and not found:
        found = beside
    return b"".join(
        f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}\n".encode() for file in sorted(found)
    )


def _read(node: ast.stmt, file: str, package: str) -> Iterator[_Statement]:
    """The statements that a node at the top of a module stands for; none for a docstring."""
    if _is_text(node):
        return
    pieces = [node]
    if isinstance(node, IMPORTS):
        pieces = [type(node)(**{**vars(node), "names": [alias]}) for alias in node.names]
    for piece in pieces:
        statement = _Statement(f"{file}:{node.lineno}", piece, binds=frozenset(_bound(piece)))
        words: list[str] = []
        _visit(piece, statement, words, package)
        statement.text = " ".join(words)
        yield statement


def _visit(node: ast.AST, statement: _Statement, words: list[str], package: str) -> None:
    """Append the syntax tree as words without positions, and note what it mentions and imports."""
    kind = type(node)
    if kind is ast.Name:
        statement.mentions.add(node.id)
    elif kind is ast.Attribute and node.attr in REFUSED and node.attr != "eval":  # a network's `eval` is another
        statement.mentions.add(node.attr)
    elif kind in DEFINITIONS and node.name in REFUSED:
        statement.mentions.add(node.name)
    elif kind in IMPORTS:
        statement.imports += _imported(node, package)
    words.append(kind.__name__)
    for key in node._fields:
        value = getattr(node, key, None)
        if key in ("annotation", "returns") and value:
            statement.mentions |= _quoted(value)
        for item in value if type(value) is list else () if value is None else (value,):
            if not isinstance(item, ast.AST):
                words.append(f"{key}={item!r}")
            elif not (_is_text(item) or _is_description(item, node)):
                words.append(key)
                _visit(item, statement, words, package)
    words.append(".")


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is nothing but a string: the docstring of a module, class, function or attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_description(node: ast.AST, call: ast.AST) -> bool:
    if not (isinstance(node, ast.keyword) and node.arg == "description" and isinstance(call, ast.Call)):
        return False
    return "Field" in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))


def _quoted(annotation: ast.AST) -> set[str]:
    """Names in the strings of an annotation, which pydantic and others look up."""
    texts = (part.value for part in ast.walk(annotation) if isinstance(part, ast.Constant))
    return {name for text in texts if isinstance(text, str) for name in re.findall(r"[^\W\d]\w*", text)}


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """(module, name) of every import from our packages; the name is "*" where the module itself is bound."""
    if isinstance(node, ast.ImportFrom):
        around = package.split(".")[: 1 - node.level or None] if node.level else []
        origin = ".".join([*around, *filter(None, [node.module])])
        yield from ((origin, alias.name) for alias in node.names if origin.split(".")[0] in PACKAGES)
        return
    for alias in node.names:
        if alias.name.split(".")[0] in PACKAGES:
            yield alias.name, "*"
            if not alias.asname:  # binds the outermost package, through which all of it can be reached
                yield alias.name.split(".")[0], "*"


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a statement at the top of a module binds."""
    for part in [node] if isinstance(node, DEFINITIONS) else ast.walk(node):
        if isinstance(part, DEFINITIONS):
            yield part.name
        elif isinstance(part, ast.alias):
            yield part.asname or part.name.split(".")[0]
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _acts(node: ast.stmt, foreign: set[str]) -> bool:
    """Whether a statement may do more than bind names; in doubt it does. foreign: names from other libraries."""
    if isinstance(node, IMPORTS):
        return node.names[0].name == "*"
    if isinstance(node, DEFINITIONS):
        called = node.decorator_list
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not all(isinstance(part, ast.Name | ast.Tuple | ast.Store) for one in targets for part in ast.walk(one)):
            return True
        called = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
    else:
        return True
    for origin in called:
        while isinstance(origin, ast.Attribute | ast.Call | ast.Subscript):
            origin = origin.func if isinstance(origin, ast.Call) else origin.value
        known = isinstance(origin, ast.Name) and (origin.id in foreign or hasattr(builtins, origin.id))
        if not known and not isinstance(origin, ast.Constant):
            return True
    return False


def _with_entries(registry: _Statement, keys: tuple[str, ...], package: str) -> _Statement:
    """The registry's statement with the entries of these keys alone."""
    value = getattr(registry.node, "value", None)
    if not isinstance(value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in value.keys):
        raise InputError(f"{registry.where}: a registry must be a dict literal with string keys.")
    entries = {key.value: (key, item) for key, item in zip(value.keys, value.values, strict=True)}
    if missing := set(keys) - entries.keys():
        raise InputError(f"{registry.where}: there is no entry {min(missing)}. Known: {', '.join(entries)}.")
    chosen = ast.Dict(*map(list, zip(*(entries[key] for key in sorted(set(keys))), strict=True))) if keys else ast.Dict()
    name = ast.Name(min(registry.binds), ast.Store())
    return next(_read(ast.Assign([name], chosen, lineno=registry.node.lineno), registry.where.split(":")[0], package))
