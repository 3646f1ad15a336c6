"""The identity of the code that a job computes with: when it changes, the job's result is stale.

`code_of` follows the imports of a script through our packages. It reads files and imports nothing.

What counts. Every statement of the script. Of each module that is imported, directly or by others, the definitions that
counted code mentions by name: functions, classes with all their methods, assignments and imports. Every other statement
at the top of such a module counts even if nothing mentions it, because importing the module runs it; so do assignments
that call our own code and definitions under decorators of our own. A module that is used as an object (`from dakpn.data
import images`) counts whole; a package does so with all that lies in it. With a counted module that mentions `__file__`
count the data files in its folder.

What does not count. Comments, layout, docstrings and the `description` of a `Field`. Definitions that no counted code
mentions. Entries of a registry that `only` leaves out. Other libraries, and files that a job names as its inputs.

What is assumed. While a module is loaded, the body of a class, default values and calls of other libraries change no
other module. No result contains a docstring. Code that hides what it runs (`REFUSED`) is an error.
"""

import ast
import builtins
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple, Union

from dakpn.errors import InputError

ROOT = Path(__file__).parents[1]
PACKAGES = ("baselines", "dakpn", "workflow")
REFUSED = frozenset("__import__ __init_subclass__ __subclasses__ eval exec globals import_module".split())
"""Names that hide which code runs, also as an attribute or a method."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_BUILTINS = frozenset(dir(builtins))


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
    repository, script = _repository(root), Path(script).as_posix()
    start = repository.module(script.removesuffix(".py").replace("/", "."), script)
    parts = dict(repository.part(name, frozenset(keys), script) for name, keys in (only or {}).items())
    restricted = {registry.module for registry in parts}
    reached: set[_Node] = set()
    waiting: list[_Node] = [start, *start.statements]
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += parts.get(node, node).needs
            if isinstance(node, _Module) and node not in restricted:
                waiting += node.imported
    for registry in parts.keys() - reached:
        raise InputError(f"{script}: does not use the registry at {registry.where}. Leave it out of `only`.")
    digest, counted = hashlib.sha256(), {}
    loaded = {node.name: node for node in reached if isinstance(node, _Module)}
    for name, module in sorted(loaded.items()):
        if own := [parts.get(one, one) for one in module.statements if one in reached]:
            counted[name] = frozenset().union(*(one.binds for one in own))
            digest.update(b"".join([name.encode(), *(one.digest for one in own), module.data]))
    return Code(digest.hexdigest(), frozenset(loaded), counted)


class _Repository:
    """The modules of our packages below a root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        paths = sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))
        self.modules = {module.name: module for module in (_Module(self, path) for path in paths)}
        self.parts: dict[tuple[str, frozenset[str]], tuple[_Statement, _Statement]] = {}

    def module(self, name: str, where: str) -> "_Module":
        """The module of this name; where: what asks for it."""
        if name not in self.modules:
            raise InputError(f"{where}: there is no module {name} in {self.root}. Correct the name.")
        return self.modules[name]

    def part(self, name: str, keys: frozenset[str], where: str) -> tuple["_Statement", "_Statement"]:
        """The statement of a registry, and the same with these entries alone."""
        if (name, keys) not in self.parts:
            module, _, variable = name.rpartition(".")
            statements = self.module(module, where).by_name.get(variable, [])
            value = getattr(statements[0].node, "value", None) if len(statements) == 1 else None
            if not isinstance(value, ast.Dict) or not all(isinstance(key, ast.Constant) for key in value.keys):
                raise InputError(f"{where}: {name} is no dict literal with string keys. Correct `only`.")
            registry = statements[0]
            entries = {key.value: (key, item) for key, item in zip(value.keys, value.values, strict=True)}
            if missing := keys - entries.keys():
                raise InputError(f"{registry.where}: {name} has no {min(missing)}. It has {', '.join(entries)}.")
            chosen = ast.Dict(*map(list, zip(*(entries[key] for key in sorted(keys)), strict=True)))
            node = ast.Assign([ast.Name(variable, ast.Store())], chosen, lineno=registry.node.lineno)
            self.parts[name, keys] = registry, _Statement(registry.module, node)
        return self.parts[name, keys]


class _Module:
    """A Python file, read when something asks for its statements."""

    def __init__(self, repository: _Repository, path: Path) -> None:
        self.repository, self.path = repository, path
        self.file = path.relative_to(repository.root).as_posix()
        self.name = self.file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        self.package = self.name if path.stem == "__init__" else self.name.rpartition(".")[0]
        """What relative imports start from."""

    @cached_property
    def statements(self) -> list["_Statement"]:
        """The statements at the top without docstrings; an import of several names is one statement for each name."""
        nodes = ast.parse(self.path.read_text(encoding="utf-8"), self.file).body
        return [_Statement(self, piece) for node in nodes if not _is_text(node) for piece in _pieces(node)]

    @cached_property
    def by_name(self) -> dict[str, list["_Statement"]]:
        """The statements that bind a name."""
        names: dict[str, list[_Statement]] = {}
        for statement in self.statements:
            for name in statement.binds:
                names.setdefault(name, []).append(statement)
        return names

    @cached_property
    def inside(self) -> list["_Node"]:
        """The module with its statements, and all that lie in it where it is a package."""
        modules = [one for one in self.repository.modules.values() if f"{one.name}.".startswith(f"{self.name}.")]
        return [*modules, *(statement for one in modules for statement in one.statements)]

    @cached_property
    def needs(self) -> list["_Node"]:
        """What loading the module runs: the packages around it, and the statements that do more than bind names."""
        foreign = {name for one in self.statements if one.foreign for name in one.binds}
        parts = self.name.split(".")
        packages = (self.repository.modules.get(".".join(parts[:end])) for end in range(1, len(parts)))
        return [*filter(None, packages), *(one for one in self.statements if one.acts(foreign | _BUILTINS))]

    @cached_property
    def imported(self) -> list["_Node"]:
        """The modules that its own imports load."""
        loading = (one for one in self.statements if not isinstance(one.node, _FUNCTIONS))
        return [module for one in loading for origin, inner in one.origins for module in (origin, inner) if module]

    @cached_property
    def data(self) -> bytes:
        """Names and contents of the data files in its folder, where it asks for its own place."""
        if not any("__file__" in one.mentions for one in self.statements):
            return b""
        files = sorted(file for file in self.path.parent.iterdir() if file.suffix != ".py" and file.is_file())
        return b"".join(file.name.encode() + hashlib.sha256(file.read_bytes()).digest() for file in files)


class _Statement:
    """A statement at the top of a module."""

    def __init__(self, module: _Module, node: ast.stmt) -> None:
        self.module, self.node = module, node
        self.where = f"{module.file}:{node.lineno}"
        self.binds: set[str] = set()
        """Names that it gives a value at the top of the module, and perhaps some inside it."""
        self.mentions: set[str] = set()
        self.imports: list[tuple[str, str]] = []
        """Module of ours and a name in it, "*" where the module itself is bound."""
        words: list[str] = []
        self._read(node, words)
        self.digest = hashlib.sha256(" ".join(words).encode()).digest()
        self.foreign = isinstance(node, _IMPORTS) and not self.imports
        if isinstance(node, _DEFINITIONS):
            self.binds = {node.name}  # what its body binds is its own

    def _read(self, node: ast.AST, words: list[str]) -> None:
        """Append the syntax tree as words, without positions and docstrings, and note what it mentions and imports."""
        self._note(node)
        words.append(type(node).__name__)
        for field in node._fields:
            value = getattr(node, field, None)
            for item in value if isinstance(value, list) else () if value is None else (value,):
                if not isinstance(item, ast.AST):
                    words.append(f"{field}={item!r}")
                elif field != "ctx" and not _is_text(item):
                    words.append(field)
                    self._read(item, words)
        words.append(".")

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Name():
                (self.binds if isinstance(node.ctx, ast.Store) else self.mentions).add(node.id)
            case ast.Attribute():
                self.mentions |= {node.attr} & REFUSED - {"eval"}  # the `eval` of a network is another
            case ast.Call(func=ast.Name("Field") | ast.Attribute(attr="Field")):
                node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
            case ast.alias():
                self.binds.add(node.asname or node.name.split(".")[0])
            case ast.Import() | ast.ImportFrom():
                self.imports += _imported(node, self.module.package)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self.binds.add(node.name)
                self.mentions |= {node.name} & REFUSED
        # pydantic and others look up the names in the strings of an annotation.
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        for part in ast.walk(annotation) if annotation else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                self.mentions.update(re.findall(r"[^\W\d]\w*", part.value))

    def acts(self, known: set[str]) -> bool:
        """Whether it may do more than bind names; in doubt it does. known: names from outside our packages."""
        node = self.node
        if isinstance(node, _IMPORTS):
            return node.names[0].name == "*"
        if isinstance(node, _DEFINITIONS):
            called = node.decorator_list
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if not all(isinstance(part, ast.Name | ast.Tuple | ast.Store) for one in targets for part in ast.walk(one)):
                return True
            called = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
        else:
            return True
        return not {name.id for one in called for name in ast.walk(one) if isinstance(name, ast.Name)} <= known

    @cached_property
    def origins(self) -> list[tuple[_Module, _Module | None]]:
        """For each of `imports` the module, and the module inside it if the name is one."""
        repository, origins = self.module.repository, []
        for name, wanted in self.imports:
            origin, inner = repository.module(name, self.where), repository.modules.get(f"{name}.{wanted}")
            if not inner and wanted != "*" and not {wanted, "*"} & origin.by_name.keys():
                raise InputError(f"{self.where}: there is no {wanted} in {name}. Correct the import.")
            origins.append((origin, inner))
        return origins

    @cached_property
    def needs(self) -> list["_Node"]:
        """The statements that it mentions or imports, and the modules that it loads."""
        for name in sorted(self.mentions & REFUSED):
            raise InputError(f"{self.where}: {name} hides which code runs. Write imports and literal registries.")
        own = self.module.by_name
        needs: list[_Node] = [one for name in self.mentions & own.keys() for one in own[name]]
        for (_, wanted), (origin, inner) in zip(self.imports, self.origins, strict=True):
            whole = origin if wanted == "*" else inner
            needs += [origin, *origin.by_name.get(wanted, ()), *(whole.inside if whole else ())]
        return needs


_Node = Union[_Module, _Statement]  # noqa: UP007 (the annotations above quote it)


def _pieces(node: ast.stmt) -> list[ast.stmt]:
    if not isinstance(node, _IMPORTS):
        return [node]
    return [type(node)(**{**vars(node), "names": [alias]}) for alias in node.names]


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is nothing but a string: the docstring of a module, class, function or attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """What a statement imports from our packages, as `_Statement.imports`."""
    if isinstance(node, ast.ImportFrom):
        around = package.split(".")[: 1 - node.level or None] if node.level else []
        origin = ".".join([*around, *filter(None, [node.module])])
        yield from ((origin, alias.name) for alias in node.names if origin.split(".")[0] in PACKAGES)
        return
    for alias in node.names:
        outermost = alias.name.split(".")[0]
        if outermost in PACKAGES:
            yield alias.name, "*"
            if not alias.asname:  # binds the outermost package, through which all of it can be reached
                yield outermost, "*"


_repository = cache(_Repository)
