"""Which platform a download comes from."""

from __future__ import annotations

from dataclasses import replace

from grader.submissions.layouts.base import Download, LayoutMatch, usable_nodes
from grader.submissions.layouts.blackboard import blackboard
from grader.submissions.layouts.brightspace import brightspace
from grader.submissions.layouts.canvas import canvas
from grader.submissions.layouts.github import github
from grader.submissions.layouts.gradescope import gradescope
from grader.submissions.layouts.listed import listed
from grader.submissions.layouts.moodle import moodle
from grader.submissions.layouts.named_groups import named_groups
from grader.submissions.layouts.nbgrader import nbgrader
from grader.submissions.layouts.plain import plain
from grader.submissions.layouts.sakai import sakai

LAYOUTS = (
    listed,
    gradescope,
    moodle,
    blackboard,
    brightspace,
    sakai,
    canvas,
    nbgrader,
    named_groups,
    github,
)  # the first that recognises its names; else `plain`


def recognise(download: Download) -> LayoutMatch:
    """Read the folder in the layout that most of its names have. Raises `UsageError` where only a person can tell."""
    usable, rejected = usable_nodes(download.nodes)
    download = replace(download, nodes=usable)
    match = _platforms(download) or plain(download)
    return replace(match, rejected=(*rejected, *match.rejected))


def is_platforms(download: Download) -> bool:
    """Whether most names are those that a platform gives. Raises `UsageError` where only a person can tell."""
    usable, _ = usable_nodes(download.nodes)
    return _platforms(replace(download, nodes=usable)) is not None


def _platforms(download: Download) -> LayoutMatch | None:
    return next((match for layout in LAYOUTS if (match := layout(download))), None)
