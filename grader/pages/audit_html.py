"""The page of an audit of an assignment's checks, for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grader.authoring.operators import OPERATORS
from grader.pages.html import environment

if TYPE_CHECKING:  # brings torch
    from grader.authoring.audit import Audit

COSTS_LIMIT = 8


def audit_page(audit: Audit) -> str:
    """One file, as all pages are."""
    costs = audit.by_cost
    dearest = costs[:COSTS_LIMIT]
    return (
        environment()
        .get_template("audit.html.j2")
        .render(
            audit=audit,
            sentences={operator.name: operator.sentence for operator in OPERATORS},
            costs=[*dearest, *costs[len(dearest) :][-COSTS_LIMIT:]],
        )
    )
