"""Walks through the graph of a run, from nodes to what they need."""

from collections import Counter
from collections.abc import Iterator

from dakpn.plan.nodes import File, Needs, Node, needed_files
from dakpn.plan.tables import Cell


class Graph:
    """What a plan knows of its nodes alone. A plan has `jobs`, those of the target `all`, and `results`, its folder."""

    jobs: list[Node]
    results: str

    def upstream(self, *nodes: Node) -> list[Node]:
        """`nodes` and all that they need, each after its needs."""
        visited: dict[Node, None] = {}

        def visit(node: Node) -> None:
            if node not in visited:
                for file in needed_files(node.needs(self)):
                    visit(file.node)
                visited[node] = None

        for node in nodes:
            visit(node)
        return list(visited)

    def counts(self, *nodes: Node) -> Counter[str]:
        """Rule -> number of its jobs, of `all` or of what `nodes` need."""
        return Counter(node.rule for node in (self.upstream(*nodes) if nodes else self.jobs))

    def costs(self, *nodes: Node) -> list[File]:
        """The records of what jobs cost, of `nodes` and of all that they need."""
        costly = (node for node in self.upstream(*nodes) if "cost" in type(node).outputs)
        return [node.file("cost") for node in sorted(costly, key=lambda node: node.place)]

    def lineage(self, cell: Cell | Node) -> Iterator[tuple[int, Node]]:
        """Why a number is what it is: (depth, node) from the jobs that the cell is computed from down to the data.

        A node that was named before is named again, but what it needs is not.
        """
        seen: set[Node] = set()

        def visit(node: Node, depth: int) -> Iterator[tuple[int, Node]]:
            yield depth, node
            if node not in seen:
                seen.add(node)
                for needed in dict.fromkeys(file.node for file in needed_files(node.needs(self))):
                    yield from visit(needed, depth + 1)

        for source in cell.sources if isinstance(cell, Cell) else (cell,):
            yield from visit(source, 0)

    def path(self, file: File) -> str:
        """Path of an output, relative to the working folder."""
        return f"{self.results}/{file.path}"

    def paths(self, needs: Needs) -> dict[str, str | list[str]]:
        """Paths of needs, as input functions give them."""
        return {
            name: [self.path(file) for file in value] if isinstance(value, list) else self.path(value)
            for name, value in needs.items()
        }
