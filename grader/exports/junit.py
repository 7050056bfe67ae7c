"""A student's report as JUnit XML, which build servers show: a test for each case of each check.

The format has no schema of its own; this is the part on which the readers agree: `testsuite` with its counts, and for
each `testcase` nothing, a `failure`, an `error` or `skipped`.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from grader.core.text import visible
from grader.core.verdict import Outcome
from grader.results.redaction import for_student
from grader.results.report import Report, State

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
KINDS = {Outcome.PASSED: "", Outcome.NOT_ATTEMPTED: "skipped", Outcome.GRADER_ERROR: "error"}


def junit(report: Report, *, student_text: bool = True) -> bytes:
    """What the student may see. Our own failure is an `error`, what is not attempted `skipped`, all else a `failure`.

    A submission that was set aside is one `error`, never an empty suite that looks passed.
    """
    report = for_student(report, student_text=student_text)
    suite = Element("testsuite", name=_text(f"{report.assignment}: {report.submission_id}"))
    if report.state is State.QUARANTINED:
        case = SubElement(suite, "testcase", classname="grader", name="intake")
        SubElement(case, "error", type="QUARANTINED", message=_text(report.reason))
    else:
        for verdict in report.verdicts:
            case = SubElement(
                suite,
                "testcase",
                classname=_text(f"{report.assignment}.{verdict.check}"),
                name=_text(verdict.name),
                time=f"{verdict.seconds:.3f}",
            )
            if kind := KINDS.get(verdict.outcome, "failure"):
                told = SubElement(case, kind, type=str(verdict.outcome), message=_text(verdict.message))
                told.text = _text("\n".join(filter(None, (verdict.next_step, *verdict.evidence))))
    for count, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("tests", str(len(suite)))
    indent(suite)
    written: bytes = tostring(suite, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(text: str) -> str:
    return NOT_IN_XML.sub("?", visible(text))
