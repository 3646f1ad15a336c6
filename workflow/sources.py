"""Which files decide what a module computes: its own and those it imports from here, without the plumbing."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("baselines", "dakpn")
# They carry data and settings around; a change there that changes a result changes an input or a parameter as well.
PLUMBING = (
    "dakpn.config.models",
    "dakpn.config.errors",
    "dakpn.data",
    "dakpn.errors",
    "dakpn.files",
    "dakpn.training.loop",
    "dakpn.translation.translator",
)


@cache
def sources(module: str) -> tuple[Path, ...]:
    """Files of a module and of all that it imports from PACKAGES, directly or through others, sorted by name."""
    found: dict[str, list[Path]] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or name.startswith(PLUMBING):
            continue
        path = Path(find_spec(name).origin)
        found[name] = [path, *_companions(path)]
        waiting += _imported(path)
    return tuple(file for name in sorted(found) for file in found[name])


def _companions(path: Path) -> list[Path]:
    """Files beside a module that it reads: named in its text, or like itself."""
    text = path.read_text(encoding="utf-8")
    beside = sorted(file for file in path.parent.iterdir() if file.suffix in {".c", ".css", ".j2", ".yaml"})
    return [file for file in beside if file.name in text or file.stem == path.stem]


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith(PACKAGES))
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGES):
            yield node.module
            submodules = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name for name in submodules if _is_module(name))


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
