"""Which platform a download comes from."""

from __future__ import annotations

from dataclasses import replace

from grader.submissions.layouts.base import Download, LayoutMatch, usable_nodes
from grader.submissions.layouts.canvas import canvas
from grader.submissions.layouts.github import github
from grader.submissions.layouts.gradescope import gradescope
from grader.submissions.layouts.moodle import moodle
from grader.submissions.layouts.named_groups import named_groups
from grader.submissions.layouts.nbgrader import nbgrader
from grader.submissions.layouts.plain import plain

LAYOUTS = (
    gradescope,
    moodle,
    canvas,
    nbgrader,
    named_groups,
    github,
)  # the first that recognises its names; else `plain`


def recognise(download: Download) -> LayoutMatch:
    """Read the folder in the layout that most of its names have. Raises `UsageError` where only a person can tell."""
    usable, rejected = usable_nodes(download.nodes)
    download = replace(download, nodes=usable)
    for layout in LAYOUTS:
        match = layout(download)
        if match:
            break
    else:
        match = plain(download)
    return replace(match, rejected=(*rejected, *match.rejected))
