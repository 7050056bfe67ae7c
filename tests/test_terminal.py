"""The terminal shows every verdict and what to do, and no text in a report can act on it."""

import io
import re
from collections.abc import Mapping
from typing import Any

import pytest
from rich.console import Console
from sample_reports import HOSTILE, hostile_report, report, verdict

from grader.core.trace import Line
from grader.core.verdict import Outcome
from grader.grading.renewal import Change, Regenerated
from grader.pages.class_terminal import print_gradebook
from grader.pages.terminal import print_regenerated, print_report, verdict_table
from grader.results.gradebook import build
from grader.results.marks import Graded
from grader.results.outcomes import LOOKS
from grader.results.report import Report


def console(encoding: str = "utf-8", width: int = 120) -> tuple[Console, io.BytesIO]:
    """A console that is a terminal with colours as far as rich knows, and what is written to it."""
    written = io.BytesIO()
    file = io.TextIOWrapper(written, encoding=encoding, write_through=True)
    return Console(file=file, force_terminal=True, color_system="standard", width=width), written


def printed(given: Report, *, staff: bool = False, encoding: str = "utf-8") -> str:
    """What `print_report` writes, with rich's own colour codes removed."""
    terminal, written = console(encoding)
    print_report(terminal, given, staff=staff)
    return plain(written.getvalue().decode(encoding))


def class_printed(*reports: Report, encoding: str = "utf-8", names: Mapping[str, str] | None = None) -> str:
    """What `print_gradebook` writes, with rich's own colour codes removed."""
    terminal, written = console(encoding)
    print_gradebook(terminal, reports, build(map(Graded.of, reports), names=names))
    return plain(written.getvalue().decode(encoding))


def plain(text: str) -> str:
    """Colours only: any other escape sequence stays, to be found."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stays_text(text: str, encoding: str) -> None:
    """No control character of a report reaches the terminal, in any encoding, and a huge line does not flood it."""
    for shown in (printed(hostile_report(text), encoding=encoding), class_printed(hostile_report(text))):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
        assert len(shown) < 40_000


def test_markup_in_a_message_is_not_obeyed() -> None:
    """A student cannot colour a failure green: brackets are printed as brackets."""
    terminal, written = console()
    failed = verdict("a", Outcome.WRONG_ANSWER, message="[bold green]PASSED[/] :tada:", next_step="[b]x[/b]")
    print_report(terminal, report(failed), staff=False)
    shown = written.getvalue().decode()
    assert "[bold green]PASSED[/] :tada:" in plain(shown)
    assert "[b]x[/b]" in plain(shown)
    assert "\x1b[1;32m" not in shown


def test_a_students_colour_code_is_written_out() -> None:
    """An escape sequence in a message is shown as text instead of obeyed."""
    terminal, written = console()
    print_report(terminal, report(verdict("a", Outcome.WRONG_ANSWER, message="\x1b[32mgood\x1b[0m")), staff=False)
    shown = written.getvalue()
    assert b"\\x1b[32mgood" in shown
    assert b"\x1b[32m" not in shown


def test_cases_share_a_row() -> None:
    """A check with cases is one row with how many are met, its points and its seconds added up."""
    terminal, written = console()
    cases = [verdict("forward", case="a"), verdict("forward", Outcome.TIME_LIMIT, case="b"), verdict("other")]
    terminal.print(verdict_table(report(*cases), staff=False))
    rows = [line.split() for line in plain(written.getvalue().decode()).splitlines()]
    assert ["forward", "1/2", "cases", "◷", "time", "limit", "2", "of", "4", "0.50"] in rows
    assert ["other", "✓", "passed", "2", "of", "2", "0.25"] in rows


def test_what_is_wrong_and_what_to_do_stand_beneath_the_table() -> None:
    """Message, next step and evidence of an unmet verdict follow each other on lines of their own."""
    failed = verdict(
        "forward", Outcome.WRONG_ANSWER, case="x", message="it differs", next_step="Do this.", evidence=("layer 4",)
    )
    lines = [line.rstrip() for line in printed(report(verdict("fine", message="unsaid"), failed)).splitlines()]
    start = lines.index("forward[x]: it differs")
    assert lines[start + 1 : start + 3] == ["  → Do this.", "    layer 4"]
    assert not any("unsaid" in line for line in lines)


def test_one_cause_is_one_block_with_the_students_last_lines() -> None:
    """However many checks meet it and whatever numbers they have; two of the lines are shown."""
    trace = tuple(Line(f"hw/cnn.py:{number}", "forward", f"line {number}") for number in (1, 2, 3))
    same: dict[str, Any] = {"cause": "RuntimeError hw/cnn.py:3", "trace": trace, "next_step": "Flatten."}
    failed = (verdict(name, Outcome.RUNTIME_ERROR, message=f"{name}: 2x{len(name)}", **same) for name in ("a", "bb"))
    lines = [line.rstrip() for line in printed(report(*failed)).splitlines()]
    start = lines.index("a, bb: a: 2x1")
    assert lines[start + 1 : start + 4] == [
        "  → Flatten.", "    hw/cnn.py:2 in forward: line 2", "    hw/cnn.py:3 in forward: line 3",
    ]  # fmt: skip
    assert not any("bb: 2x2" in line for line in lines)


def test_the_end_tells_total_sandbox_and_device() -> None:
    """The last line is the total, with the level and the device it was worked out on."""
    last = printed(report(verdict("a"), verdict("b", Outcome.MISSING))).strip().splitlines()[-1]
    assert last == "Total: 2 of 4 points (sandbox: isolated, device: cpu)"


def test_a_hidden_check_is_told_to_staff_only() -> None:
    """A student sees outcome and points of a hidden check; staff see its message too."""
    secret = verdict("a", Outcome.WRONG_ANSWER, case="SECRET", hidden=True, message="SECRET", evidence=("SECRET",))
    assert "SECRET" not in printed(report(secret))
    assert "wrong answer" in printed(report(secret))
    assert "a[SECRET]: SECRET" in printed(report(secret), staff=True)


def test_a_table_for_students_holds_no_hidden_text() -> None:
    """The table itself, not only its print, is without what students may not see."""
    texts: dict[str, Any] = {"case": "SECRET", "message": "SECRET", "claim": "SECRET", "log": "SECRET"}
    texts |= {"next_step": "SECRET", "place": "SECRET", "missing_module": "SECRET"}
    secret = verdict("a", Outcome.WRONG_ANSWER, hidden=True, seconds=7.31, **texts)
    told, all_of_it = (repr(verdict_table(report(secret), staff=staff)) for staff in (False, True))
    assert "SECRET" not in told
    assert "7.31" not in told
    assert "SECRET" in all_of_it
    assert "7.31" in all_of_it


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_symbols_degrade_to_ascii(encoding: str) -> None:
    """Without UTF-8 every outcome has its ASCII symbol, and accents in a message are escaped instead of fatal."""
    verdicts = [verdict(f"check{number}", outcome, message="né → ü") for number, outcome in enumerate(Outcome)]
    shown = printed(report(*verdicts), encoding=encoding) + class_printed(report(*verdicts), encoding=encoding)
    assert shown.isascii()
    for outcome in Outcome:
        assert f"{LOOKS[outcome].plain} {LOOKS[outcome].word}" in shown
    assert "n\\xe9 \\u2192 \\xfc" in shown


def test_an_unfinished_report_is_owned_up_to() -> None:
    """A grader error makes the total provisional, and says so."""
    shown = printed(report(verdict("a"), verdict("b", Outcome.GRADER_ERROR, message="the file is gone")))
    assert "UNFINISHED: the grader itself failed on 1 of the checks, so the total is not final." in shown
    assert "b: the file is gone" in shown


def test_a_quarantined_report_has_a_reason_and_no_total() -> None:
    """Why it is set aside is told, and no number that could be taken for a grade."""
    shown = printed(report(reason="cnn.py is a link"))
    assert "QUARANTINED: cnn.py is a link" in shown
    assert "0 of 0" not in shown


def test_the_class_is_a_strip_per_student() -> None:
    """Sorted by id, one symbol per check in the columns' order, a gap for an absent one; points only when graded."""
    ada = report(verdict("a"), verdict("b", Outcome.WRONG_ANSWER), verdict("c", Outcome.NOT_ATTEMPTED))
    zoe = report(verdict("a"), verdict("c", Outcome.GRADER_ERROR), submission_id="zoe")
    shown = class_printed(zoe, ada)
    rows = [line.strip() for line in shown.splitlines() if re.search(r"\b(ada|zoe)\b", line)]
    assert re.fullmatch(r"ada +graded +2 +✓✗○", rows[0])
    assert re.fullmatch(r"zoe +unfinished +✓ ◆", rows[1]), "an unfinished total is not a grade"
    assert "Checks in order: a, b, c" in shown
    assert "Graded: mean 2, median 2, from 2 to 2 of 6 points" in shown


def test_names_stand_beside_ids_where_any_is_known() -> None:
    """A column for nothing would only make the table wide."""
    reports = [report(verdict("a"), submission_id=name) for name in ("ada", "bob")]
    named = class_printed(*reports, names={"ada": "Ada Lovelace"})
    assert re.search(r"student +name +state", named)
    assert re.search(r"ada +Ada Lovelace +graded", named)
    assert re.search(r"bob +graded", named)
    assert "name" not in class_printed(*reports)
    assert "\x1b[2J" not in class_printed(*reports, names={"ada": "\x1b[2J"})


def test_the_legend_explains_each_symbol_in_the_strips() -> None:
    """Every outcome of the class is in the legend, and none that does not occur."""
    shown = class_printed(report(verdict("a"), verdict("b", Outcome.MISSING)))
    assert "✓ passed" in shown
    assert "∅ missing" in shown
    assert "time limit" not in shown


def test_a_class_of_nobody_can_be_printed() -> None:
    """An empty batch gives an empty table."""
    assert "student" in class_printed()


def test_a_change_without_a_number_is_told_in_a_sentence() -> None:
    """Another text has moved by no number; a tensor has, and what is new has not."""
    terminal, written = console()
    results = [
        Regenerated("essay", Change.CHANGED, {None: float("inf")}),
        Regenerated("scores", Change.CHANGED, {"wide": 0.25, "deep": 0.5}),
        Regenerated("fresh", Change.NEW),
    ]
    print_regenerated(terminal, results)
    lines = plain(written.getvalue().decode()).splitlines()
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in lines if line.strip()}
    assert rows["essay"] == "changed other text, names or shape"
    assert (rows["scores[wide]"], rows["scores[deep]"], rows["fresh"]) == ("changed 0.25", "changed 0.5", "new")
