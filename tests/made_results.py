"""Folders of results built by hand, for the tests of the verbs that read them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.pages.write import settle_with_pages
from grader.results.folder import Class, save, save_class
from grader.results.report import Illustrations, Report


def make_results(out: Path, *reports: Report, **fields: Any) -> Path:
    """A class that was graded, with its pages. All verdicts are final."""
    save_class(out, Class("cnn", "Networks", tuple(each.submission_id for each in reports), **fields))
    for each in reports:
        save(out, replace(each, keys={verdict.check: "version.rest" for verdict in each.verdicts}), Illustrations())
    settle_with_pages(out)
    return out
