"""Files and folders of any name, of which a table that a person has filled in says whose they are."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from grader.core.text import printable
from grader.submissions.layouts.base import BESIDE, Download, LayoutMatch, Rejected, submission_of_name
from grader.submissions.who_table import written


def listed(download: Download) -> LayoutMatch | None:
    """Whatever is at the top, one by one; no name is looked at."""
    table = download.who
    if table is None or not table.rows:
        return None
    alike = Counter(written(node.name) for node in download.nodes)
    submissions, rejected, oddities = [], [], []
    for node in download.nodes:
        row = table.row(node.name)
        if row is None and node.name.lower().endswith(BESIDE):
            oddities.append(f"{printable(node.name)}: ignored, not a submission")
        elif row is None or not row.id:
            rejected.append(Rejected(node.name, f"no id in {table.path.name}"))
        elif alike[written(node.name)] > 1:
            rejected.append(Rejected(node.name, f"another is written like it in {table.path.name}; rename one of them"))
        else:
            claimed = replace(submission_of_name(node), members=((row.id,),), name=row.name, group=row.id, team=row.id)
            submissions.append(claimed)
    return LayoutMatch(f"as {table.path.name} says", tuple(submissions), tuple(rejected), tuple(oddities))
