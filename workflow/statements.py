"""A Python file as the statements at its top: what each binds, mentions and imports, and a digest of its syntax tree.

The digest leaves out what changes no result: comments, layout, docstrings, and the `description` of a `Field`.
"""

import ast
import builtins
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

PACKAGES = ("baselines", "dakpn", "workflow")
REFUSED = frozenset("__import__ __init_subclass__ __subclasses__ eval exec globals import_module".split())
"""Names that hide which code runs; they are mentioned where they occur, as an attribute or a method, too."""
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)


class Place(NamedTuple):
    """Where statements stand."""

    module: str
    """Dotted name."""
    package: str
    """What relative imports start from: the module itself where it is a package, else the package around it."""
    file: str
    """Path relative to the repository's root, for messages."""


@dataclass(eq=False)
class Statement:
    """A statement at the top of a module; an import of several names is one statement for each name."""

    place: Place
    line: int
    digest: bytes = b""
    binds: set[str] = field(default_factory=set)
    """Names that it gives a value at the top of the module, and perhaps some inside it."""
    mentions: set[str] = field(default_factory=set)
    imports: list[tuple[str, str]] = field(default_factory=list)
    """Module of ours and a name in it, "*" where the module itself is bound."""
    foreign: bool = False
    """Whether it imports another library."""
    loads: bool = False
    """Whether its imports run when the module is loaded."""
    acts: bool = False
    """Whether it may do more than bind names when the module is loaded."""
    entries: dict[str, ast.expr] | None = None
    """Of an assigned dict literal with string keys: its values."""

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.place.file}:{self.line}"


def read_statements(text: str, place: Place) -> list[Statement]:
    """The statements of a file in their order, without docstrings. Raises SyntaxError for text that is no Python."""
    nodes = [piece for node in ast.parse(text, place.file).body if not _is_text(node) for piece in _pieces(node)]
    statements = [_statement(node, place) for node in nodes]
    foreign = {name for one in statements if one.foreign for name in one.binds}
    for statement, node in zip(statements, nodes, strict=True):
        statement.acts = _acts(node, foreign)
    return statements


def with_entries(registry: Statement, keys: Iterable[str]) -> Statement:
    """The statement of a registry with the entries of these keys alone. Raises KeyError for a key that it lacks."""
    keys = sorted(set(keys))
    chosen = ast.Dict([ast.Constant(key) for key in keys], [registry.entries[key] for key in keys])
    targets = [ast.Name(name, ast.Store()) for name in sorted(registry.binds)]
    return _statement(ast.Assign(targets, chosen, lineno=registry.line), registry.place)


def _pieces(node: ast.stmt) -> list[ast.stmt]:
    if not isinstance(node, IMPORTS):
        return [node]
    return [type(node)(**{**vars(node), "names": [alias]}) for alias in node.names]


def _statement(node: ast.stmt, place: Place) -> Statement:
    statement = Statement(place, node.lineno)
    words: list[str] = []
    _visit("", node, statement, words)
    statement.digest = hashlib.sha256(" ".join(words).encode()).digest()
    if isinstance(node, DEFINITIONS):
        statement.binds = {node.name}  # what its body binds is its own
    statement.foreign = isinstance(node, IMPORTS) and not statement.imports
    statement.loads = isinstance(node, (*IMPORTS, ast.ClassDef))
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Dict) and all(isinstance(key, ast.Constant) for key in value.keys):
        statement.entries = {key.value: item for key, item in zip(value.keys, value.values, strict=True)}
    return statement


def _visit(key: str, node: ast.AST, statement: Statement, words: list[str]) -> None:
    """Append the syntax tree as words without positions, and note what it mentions and imports."""
    kind = type(node)
    if kind is ast.Expr and _is_text(node):
        return
    if kind in _NOTED:
        _note(node, kind, statement)
    words += (key, kind.__name__)
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, ast.AST):
            if name != "ctx":
                _visit(name, value, statement, words)
        elif type(value) is list:
            for item in value:
                if isinstance(item, ast.AST):
                    _visit(name, item, statement, words)
                else:
                    words.append(f"{name}={item!r}")
        elif value is not None:
            words.append(f"{name}={value!r}")
    words.append(".")


_NOTED = frozenset({ast.Name, ast.Attribute, ast.Call, ast.alias, ast.arg, ast.AnnAssign, *DEFINITIONS, *IMPORTS})


def _note(node: ast.AST, kind: type, statement: Statement) -> None:
    if kind is ast.Name:
        statement.mentions.add(node.id)
        if type(node.ctx) is ast.Store:
            statement.binds.add(node.id)
    elif kind is ast.Attribute:
        if node.attr in REFUSED and node.attr != "eval":  # the `eval` of a network is another
            statement.mentions.add(node.attr)
    elif kind is ast.Call:
        if "Field" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
            node.keywords = [keyword for keyword in node.keywords if keyword.arg != "description"]
    elif kind is ast.alias:
        statement.binds.add(node.asname or node.name.split(".")[0])
    elif kind in IMPORTS:
        statement.imports += _imported(node, statement.place.package)
    else:
        if kind in DEFINITIONS:
            statement.binds.add(node.name)
            statement.mentions |= {node.name} & REFUSED
        # pydantic and others look up the names in the strings of an annotation.
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        for part in ast.walk(annotation) if annotation else ():
            if isinstance(part, ast.Constant) and isinstance(part.value, str):
                statement.mentions.update(re.findall(r"[^\W\d]\w*", part.value))


def _is_text(node: ast.AST) -> bool:
    """Whether a statement is nothing but a string: the docstring of a module, class, function or attribute."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imported(node: ast.Import | ast.ImportFrom, package: str) -> Iterator[tuple[str, str]]:
    """What a statement imports from our packages, as `Statement.imports`."""
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
