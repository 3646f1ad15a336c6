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
other module. No result contains a docstring. Code that hides what it runs (`REFUSED`) is an error.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

from dakpn.errors import InputError
from workflow.statements import PACKAGES, REFUSED, Place, Statement, read_statements, with_entries

ROOT = Path(__file__).parents[1]


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
    code, script = _repository(root), Path(script).as_posix()
    start = code.module(script.removesuffix(".py").replace("/", "."), script)
    parts = {}
    for name, keys in (only or {}).items():
        parts |= code.part(name, frozenset(keys), script)
    restricted = {registry.place.module for registry in parts}
    loaded: set[_Module] = set()
    counted: set[Statement] = set()
    loading, waiting = [start], list(start.statements)
    while loading or waiting:
        if loading:
            module = loading.pop()
            if module not in loaded:
                loaded.add(module)
                acting, around, imported = code.run_by_loading(module)
                waiting += acting
                loading += around if module.name in restricted else around + imported
            continue
        statement = waiting.pop()
        if statement not in counted:
            counted.add(statement)
            modules, statements = code.reached_from(parts.get(statement, statement))
            loading += modules
            waiting += statements
    for registry in parts.keys() - counted:
        raise InputError(f"{script}: does not use the registry at {registry.where}. Leave it out of `only`.")
    digest, names = hashlib.sha256(), {}
    for module in sorted(loaded, key=lambda module: module.name):
        if own := [parts.get(one, one) for one in module.statements if one in counted]:
            names[module.name] = frozenset().union(*(one.binds for one in own))
            digest.update(b"".join([module.name.encode(), *(one.digest for one in own), module.data]))
    return Code(digest.hexdigest(), frozenset(module.name for module in loaded), names)


@dataclass(eq=False)
class _Module:
    name: str
    path: Path
    statements: list[Statement]
    by_name: dict[str, list[Statement]]

    @cached_property
    def data(self) -> bytes:
        """Names and contents of the data files that the module may read: in its folder or below.

        They are those that its text names or that are named like it, and those that these name in turn; all where a
        module asks for its own place and names none.
        """
        text, folder = self.path.read_text(encoding="utf-8"), self.path.parent
        beside = _data_files(folder)
        found = [file for file in beside if file.name in text or file.name.split(".")[0] == self.path.stem]
        for file in found:
            inner = file.read_text(encoding="utf-8", errors="replace")
            found += [other for other in beside if other.name in inner and other not in found]
        if "__file__" in text and not found:
            found = beside
        names = {file.relative_to(folder).as_posix(): file for file in found}
        return b"".join(name.encode() + hashlib.sha256(names[name].read_bytes()).digest() for name in sorted(names))


@cache
def _data_files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.suffix not in {".py", ".pyc"} and file.is_file()]


class _Repository:
    """The modules of our packages below a root, each read once, and what leads from one statement to others."""

    def __init__(self, root: Path) -> None:
        self.root = root
        files = {path.relative_to(root): path for package in PACKAGES for path in (root / package).rglob("*.py")}
        names = {".".join(file.with_suffix("").parts).removesuffix(".__init__"): file for file in files}
        self.paths = {name: files[file] for name, file in names.items()}
        self.modules: dict[str, _Module] = {}
        self.run: dict[_Module, tuple[list[Statement], list[_Module], list[_Module]]] = {}
        self.reached: dict[Statement, tuple[list[_Module], list[Statement]]] = {}
        self.parts: dict[tuple[str, frozenset[str]], dict[Statement, Statement]] = {}

    def module(self, name: str, where: str) -> _Module:
        """The module of this name; where: what asks for it."""
        if name not in self.modules:
            if name not in self.paths:
                raise InputError(f"{where}: there is no module {name} in {self.root}. Correct the name.")
            path = self.paths[name]
            package = name if path.stem == "__init__" else name.rpartition(".")[0]
            place = Place(name, package, path.relative_to(self.root).as_posix())
            module = _Module(name, path, read_statements(path.read_text(encoding="utf-8"), place), {})
            for statement in module.statements:
                for bound in statement.binds:
                    module.by_name.setdefault(bound, []).append(statement)
            self.modules[name] = module
        return self.modules[name]

    def run_by_loading(self, module: _Module) -> tuple[list[Statement], list[_Module], list[_Module]]:
        """What Python runs to load a module: its acting statements, the packages around it, the modules it imports."""
        if module not in self.run:
            parts = module.name.split(".")
            packages = (".".join(parts[:end]) for end in range(1, len(parts)))
            around = [self.module(package, module.name) for package in packages if package in self.paths]
            found = [self.imported(*one, by) for by in module.statements if by.loads for one in by.imports]
            imported = [one for origin, inner in found for one in (origin, inner) if one]
            self.run[module] = [by for by in module.statements if by.acts], around, imported
        return self.run[module]

    def imported(self, name: str, wanted: str, by: Statement) -> tuple[_Module, _Module | None]:
        """The module of this name, and the module inside it if `wanted` is one."""
        origin, full = self.module(name, by.where), f"{name}.{wanted}"
        inner = self.module(full, by.where) if full in self.paths else None
        if not inner and wanted != "*" and not {wanted, "*"} & origin.by_name.keys():
            raise InputError(f"{by.where}: there is no {wanted} in {name}. Correct the import.")
        return origin, inner

    def reached_from(self, statement: Statement) -> tuple[list[_Module], list[Statement]]:
        """The modules that a counted statement loads, and the statements that it mentions or imports."""
        if statement in self.reached:
            return self.reached[statement]
        for name in sorted(statement.mentions & REFUSED):
            raise InputError(f"{statement.where}: {name} hides which code runs. Write imports and literal registries.")
        own = self.modules[statement.place.module].by_name
        statements = [one for name in statement.mentions & own.keys() for one in own[name]]
        modules: list[_Module] = []
        for name, wanted in statement.imports:
            origin, inner = self.imported(name, wanted, statement)
            statements += origin.by_name.get(wanted, ())
            modules.append(origin)
            for whole in self.inside(origin) if wanted == "*" else self.inside(inner) if inner else ():
                modules.append(whole)
                statements += whole.statements
        self.reached[statement] = modules, statements
        return modules, statements

    def inside(self, module: _Module) -> list[_Module]:
        """The module, and all that lie in it where it is a package."""
        names = (name for name in self.paths if name.startswith(f"{module.name}."))
        return [module, *(self.module(name, module.name) for name in names)]

    def part(self, name: str, keys: frozenset[str], where: str) -> dict[Statement, Statement]:
        """The statement of a registry, and the same with these entries alone."""
        if (name, keys) not in self.parts:
            module, _, variable = name.rpartition(".")
            found = self.module(module, where).by_name.get(variable, [])
            if len(found) != 1 or found[0].entries is None:
                raise InputError(f"{where}: {name} is no dict literal with string keys. Correct `only`.")
            if missing := keys - found[0].entries.keys():
                raise InputError(
                    f"{found[0].where}: {name} has no {min(missing)}. It has {', '.join(found[0].entries)}."
                )
            self.parts[name, keys] = {found[0]: with_entries(found[0], keys)}
        return self.parts[name, keys]


_repository = cache(_Repository)
