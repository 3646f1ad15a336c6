"""Write the marked parts of README.md: the answer of the reference run, and the glossary.

`python -m workflow.readme`, after results/reference or dakpn/report/glossary.yaml has changed.
"""

import re
from pathlib import Path

import pandas as pd

from baselines import METHODS
from dakpn.plan import plan
from dakpn.plan.configure import configure
from dakpn.plan.report import questions
from dakpn.report.answer import answers
from dakpn.report.glossary import GLOSSARY

README = Path(__file__).parents[1] / "README.md"
REFERENCE = README.parent / "results" / "reference"


def answer() -> str:
    """What the committed reference run says about each task, as a list."""
    asked = questions(plan(configure({"extends": "reference"}, METHODS)))
    costs = pd.read_csv(REFERENCE / "rows" / "costs.csv")
    found = answers(asked, REFERENCE / "tables", costs)
    return "\n".join(f"- **{one.lead}** {' '.join(one.details)}" for one in found)


def glossary() -> str:
    """The words of the glossary as a table."""
    return "\n".join(["| word | meaning |", "|---|---|", *(f"| {word} | {text} |" for word, text in GLOSSARY.items())])


def written(text: str) -> str:
    """`text` of README.md with its marked parts as they should be."""
    for name, part in {"answer": answer(), "glossary": glossary()}.items():
        marks = f"<!-- {name}: python -m workflow.readme -->", f"<!-- end of {name} -->"
        text = re.sub(
            rf"{marks[0]}.*?{marks[1]}", lambda _, m=marks, p=part: f"{m[0]}\n{p}\n{m[1]}", text, flags=re.DOTALL
        )
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
