"""Zips named after the members of a group, as some courses ask for."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.submissions.layouts.base import Download, LayoutMatch, Rejected, most, stem, submission_of_name

NAME = re.compile(r"(?:hw|ex|lab|ps|homework|assignment|project)[0-9]{1,2}-([0-9]{5,12}(?:_[0-9]{5,12})*)")


def named_groups(download: Download) -> LayoutMatch | None:
    """`hw2-<id>_<id>.zip`, a pair's."""
    if not most(download, lambda node: NAME.fullmatch(stem(node))):
        return None
    submissions, rejected = [], []
    for node in download.nodes:
        match = NAME.fullmatch(stem(node))
        if match:
            ids = match[1].split("_")
            submissions.append(replace(submission_of_name(node), members=tuple((id,) for id in ids)))
        else:
            rejected.append(
                Rejected(node.name, "its name does not say whose it is, as in `hw2-123456789_987654321.zip`")
            )
    return LayoutMatch("a zip for each group, named after its members", tuple(submissions), tuple(rejected))
