"""The page on courses that come from elsewhere: its checks are some, and what it names is there."""

import re
from pathlib import Path

from grader.checks.criteria import reads
from grader.checks.loading import load_checks

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/migrating.md").read_text(encoding="utf-8")


def test_the_checks_on_the_page_are_some(tmp_path: Path) -> None:
    """As they stand, below the imports of the first."""
    blocks = (each for each in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL) if "@check" in each)
    (tmp_path / "checks.py").write_text("\n".join(blocks))
    momentum, backward = load_checks(tmp_path)
    assert (momentum.name, momentum.points, momentum.arguments) == ("momentum", 3, ("hw", "seed"))
    assert [reads(each) for each in momentum.criteria] == [("next_w",), ("next_v",), ("w",), ("dw",), ("v",)]
    assert [reads(each) for each in backward.criteria] == [("out",), ("dx",)]


def test_what_the_page_leads_to_is_there() -> None:
    """Headings of the page for instructors, and files of the repository."""
    headings = re.findall(r"^#+ (.*)$", (ROOT / "docs/instructors.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\(instructors\.md#([^)]*)\)", PAGE))
    assert links and links <= anchors, links - anchors
    assert all((ROOT / path).exists() for path in re.findall(r"`(tests/[^`]*)`", PAGE))
