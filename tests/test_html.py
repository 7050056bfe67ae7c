"""The pages run and load nothing whatever is written in a report, and tell students no more than they may see."""

import base64
import hashlib
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample_reports import HOSTILE, hostile_report, report, scored, verdict

from grader.assignment.manifest import Late
from grader.authoring.audit import Audit, CheckRate, Rate, Result, Rewrite, Stub, Together
from grader.authoring.remarks import Kind, Remark
from grader.core.verdict import Outcome, Verdict
from grader.pages import html
from grader.pages.advice import advice
from grader.pages.audit_html import audit_page
from grader.pages.html import class_page, student_page
from grader.results.by_check import by_check
from grader.results.decisions import Decisions
from grader.results.gradebook import build
from grader.results.lateness import LateEntry
from grader.results.marks import Graded
from grader.results.outcomes import LOOKS
from grader.results.report import Answer, Illustrations

CLASS_SCRIPT = (Path(html.__file__).parent / "templates/class.js").read_text(encoding="utf-8")
VOID = {"meta", "rect", "line"}  # elements of these pages that are never closed by an end tag of their own
HARMLESS = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "id", "title", "role", "aria-label", "aria-hidden"),
    *(
        "tabindex",
        "aria-labelledby",
        "viewbox",
        "preserveaspectratio",
        "width",
        "height",
        "x",
        "y",
        "x1",
        "x2",
        "y1",
        "y2",
        "scope",
        "colspan",
    ),
}


class Page(HTMLParser):
    """What a browser would make of a page: elements, attributes and the text of the body."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collects."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A closed element of a drawing."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Elements must nest."""
        if tag not in VOID:
            assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        """Text that is read, so neither the style nor the script."""
        if "script" in self.open:
            self.scripts.append(data)
        elif "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words with single spaces between them."""
        return " ".join(" ".join(self.words).split())


def assert_inert(source: str) -> Page:
    """Nothing runs but the class page's own script, and nothing loads or leads anywhere but to students' pages."""
    page = Page(source)
    assert not page.open
    assert page.tags.count("script") == len(page.scripts)
    assert all(each == CLASS_SCRIPT for each in page.scripts[:1]) and len(page.scripts) <= 1
    allowed = "html head meta title style body header main section nav footer article div p h1 h2 h3 ul ol li dl dt dd"
    allowed += " span b code pre details summary a svg rect text line table thead tbody tr th td script"
    assert set(page.tags) <= set(allowed.split())
    for name, value in page.attributes:
        assert name in HARMLESS or (
            name == "href" and re.fullmatch(r"#check-\d+|students/[\w.@-]+/report\.html", value)
        )
    shape = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    assert not shape.search(source)
    return page


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_hostile_text_stays_text(text: str) -> None:
    """Markup, templates, terminal codes and huge lines in any field neither add an element nor make a page huge."""
    plain = assert_inert(student_page(hostile_report("plain")))
    page = student_page(hostile_report(text))
    hostile = assert_inert(page)
    without_code = [tag for tag in hostile.tags if tag != "code"]  # backticks may set a name as code, and no more
    assert without_code == [tag for tag in plain.tags if tag != "code"]
    assert len(page) < 200_000
    assert_inert(class_page([hostile_report(text), report()]))


@pytest.mark.parametrize("text", HOSTILE[:-1], ids=lambda text: ascii(text[:12]))
def test_the_page_of_an_audit_is_inert(text: str) -> None:
    """Whatever a reference solution has in it."""
    failed = {f"check {text}": Outcome.WRONG_ANSWER}
    made: dict[str, Any] = {
        "place": text,
        "function": text,
        "line": 1,
        "old": text,
        "new": text,
        "diff": f"-{text}\n+{text}",
    }
    rest: dict[str, Any] = {"asked": (), "whole": True, "seconds": 0.1}
    survivor = Result("wrong index", **made, failed={}, lost=Fraction(), **rest)
    killed = Result("wrong index", **made, failed=failed, lost=Fraction(2), equivalent=text, **rest)
    rate, check = Rate.of(text, [survivor, killed]), CheckRate(text, True, 2, 2, 1)
    found = Audit(
        "cnn", text, Fraction(9), 2, rate, rate, 0, 1, (rate,), (rate,), (check,), (Together((text, text), 5),),
        Stub(Fraction(1), {text: Fraction(1)}), (Rewrite(text, failed, Fraction(1)),),
        (Remark(Kind.SYMMETRIC, text, text),), 0.2, (survivor, killed),
    )  # fmt: skip
    page = assert_inert(audit_page(found))
    assert "loses 1" in page.text and "reads the same from both ends" in page.text
    assert "1 of the killed with secret inputs alone" in page.text
    assert "Survivors: mistakes with full points wrong index" in page.text


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(codec=None) | st.sampled_from("<>&\"'`{}%\x1b\u202e\n"), max_size=60))
def test_any_text_stays_text(text: str) -> None:
    """No text that hypothesis finds gets an element, an attribute or a control character into a page."""
    assert_inert(student_page(hostile_report(text)))
    assert_inert(class_page([hostile_report(text)]))


def test_template_syntax_in_a_report_is_not_evaluated() -> None:
    """`{{7*7}}` in a message is shown as it is."""
    page = Page(student_page(report(verdict("a", Outcome.WRONG_ANSWER, message="{{7*7}}"))))
    assert "{{7*7}}" in page.text
    assert "49" not in page.text


def test_the_policy_admits_the_pages_own_style_and_nothing_else() -> None:
    """The content security policy starts from 'none' and its hashes are those of the page's own style and script."""

    def admitted(kind: str, text: str) -> str:
        return f"{kind}-src 'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'; "

    scripts = {student_page(report(verdict("a"))): "", class_page([report(verdict("a"))]): CLASS_SCRIPT}
    for source, script in scripts.items():
        [style] = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
        [policy] = [value for name, value in Page(source).attributes if name == "content" and "default-src" in value]
        rest = "base-uri 'none'; form-action 'none'"
        own = admitted("style", style) + (script and admitted("script", script))
        assert policy == f"default-src 'none'; {own}img-src data:; {rest}"
        assert "url(" not in style
        assert "@import" not in style


def test_a_hidden_check_tells_outcome_and_points_only() -> None:
    """No text of a hidden verdict, nor its case's id, is anywhere in the student's page: not even in its source."""
    texts: dict[str, Any] = {"claim": "SECRET1", "message": "SECRET2", "next_step": "SECRET3", "evidence": ("SECRET4",)}
    hidden = [
        verdict("surprise", outcome, case=f"SECRET5{outcome}", hidden=True, log="SECRET6", seconds=7.31, **texts)
        for outcome in Outcome
    ]
    source = student_page(report(*hidden, verdict("alone", Outcome.TIME_LIMIT, hidden=True, **texts)))
    assert "SECRET" not in source
    assert "7.31" not in source
    page = Page(source)
    assert "surprise" in page.text
    assert "1 of 10 cases" in page.text
    assert "alone time limit" in page.text
    assert "2 of 20" in page.text


def test_a_public_verdict_tells_all_that_helps() -> None:
    """Message, next step, evidence and a folded log stand beneath the claim, which is written once for all cases."""
    failed = verdict(
        "forward",
        Outcome.WRONG_ANSWER,
        case="stride",
        message="`scores` differ",
        next_step="Look at the stride.",
        evidence=("layers: number 4",),
        log="printed <here>",
    )
    source = student_page(report(verdict("forward", case="plain"), failed))
    page = Page(source)
    for words in ("scores differ", "Look at the stride.", "layers: number 4", "printed <here>", "stride wrong answer"):
        assert words in page.text
    assert page.text.count("The claim of forward.") == 1
    assert "1 of 2 cases" in page.text
    assert "<details>\n<summary>" in source
    assert "<code>scores</code> differ" in source


def test_cases_that_fail_alike_are_explained_once() -> None:
    """Ten cases of a module that does not import give one message, with the names of all ten."""
    same: dict[str, Any] = {"message": "hw/cnn.py could not be imported", "next_step": "Fix line 3."}
    cases = [verdict("forward", Outcome.RUNTIME_ERROR, case=f"case{number}", **same) for number in range(10)]
    page = Page(student_page(report(*cases, verdict("forward", case="good"))))
    assert page.text.count("could not be imported") == 1
    assert all(f"case{number}" in page.text for number in range(10))
    other = verdict("other", Outcome.RUNTIME_ERROR, message="hw/mlp.py could not be imported", cause="KeyError a.py:1")
    first = replace(cases[0], cause="KeyError a.py:1")
    assert len(advice(by_check([first, other]))) == 1 and len(advice(by_check([cases[0], other]))) == 2


@pytest.mark.parametrize("outcome", Outcome)
def test_no_outcome_is_told_by_colour_alone(outcome: Outcome) -> None:
    """Each outcome has a word, and a symbol that no other has."""
    page = Page(student_page(report(verdict("a", outcome))))
    assert LOOKS[outcome].word in page.text
    assert LOOKS[outcome].symbol in page.text
    assert len({look.symbol for look in LOOKS.values()}) == len({look.plain for look in LOOKS.values()}) == len(Outcome)


def test_an_unfinished_report_says_that_its_total_is_not_final() -> None:
    """A grader error is owned up to, and its points are not called lost."""
    page = Page(student_page(report(verdict("a"), verdict("b", Outcome.GRADER_ERROR))))
    assert "The grader itself failed on some checks" in page.text
    assert "The total below is not final." in page.text
    assert "2 of 4 points so far" in page.text


def test_a_finished_report_has_no_such_banner() -> None:
    """A plain zero is final."""
    page = Page(student_page(report(verdict("a", Outcome.WRONG_ANSWER))))
    assert "not final" not in page.text
    assert "0 of 2 points" in page.text
    assert "so far" not in page.text


def test_a_quarantined_report_says_why_and_what_happens_next() -> None:
    """The reason and the next step are there instead of a total of nothing."""
    page = Page(student_page(report(reason="`cnn.py` is a link")))
    assert "cnn.py is a link" in page.text
    assert "What happens next" in page.text
    assert "0 of 0" not in page.text


def test_checks_not_attempted_are_not_among_what_to_fix() -> None:
    """An untouched homework reads calmly: nothing is wrong with it yet."""
    page = Page(student_page(report(verdict("a", Outcome.NOT_ATTEMPTED, message="`f` is not written yet"))))
    assert "not attempted yet" in page.text
    assert "Look at" not in page.text
    assert "wrong" not in page.text


def test_what_to_fix_stands_first_with_its_next_step_and_a_link() -> None:
    """The first failing check's next step comes before the list of checks and links to its card."""
    failing = verdict("b", Outcome.WRONG_ANSWER, message="differs", next_step="Swap the axes.")
    source = student_page(report(verdict("a"), failing))
    assert source.index("Swap the axes.") < source.index("The claim of a.")
    assert 'href="#check-2"' in source
    assert 'id="check-2"' in source


def test_only_the_first_five_are_listed_at_the_top() -> None:
    """The way to begin is short even when everything fails; what is left out is counted."""
    page = student_page(report(*[verdict(f"c{n}", Outcome.WRONG_ANSWER, message=f"off by {n}") for n in range(8)]))
    assert page.count('href="#check-') == 5
    assert "and 3 more below" in page


def advice_list(*verdicts: Verdict) -> list[str]:
    """The items of what to look at first, as text."""
    source = student_page(report(*verdicts))
    listed = source[source.index('<nav class="to-fix"') : source.index("</nav>")]
    return [Page(item).text for item in re.findall("<li>.*?</li>", listed, re.S)]


def test_one_advice_is_given_once_with_the_checks_it_belongs_to() -> None:
    """Each of them is a link; of many the first are named and the others counted."""
    nothing: dict[str, Any] = {
        "message": "no folder `hw` with cnn.py; found nothing",
        "next_step": "Submit the package's folder.",
    }
    missing = [verdict(f"c{n}", Outcome.MISSING, **nothing) for n in range(5)]
    said = "no folder hw with cnn.py; found nothing. Submit the package's folder."
    assert advice_list(*missing[:2]) == [f"∅ c0 c1 {said}"]
    assert advice_list(*missing) == [f"∅ c0 c1 c2 and 2 more: {said}"]
    assert 'href="#check-2"><code>c1</code>' in student_page(report(*missing))


def test_advice_names_the_file_that_is_broken() -> None:
    """With its line; the same step in another file is another advice, and of a wrong answer no file is named."""
    told: dict[str, Any] = {"next_step": "Fix that line."}
    broken = "hw/a.py could not be imported: helper.py:3: SyntaxError: '(' was never closed"
    other = "TypeError in hw/b.py:12 (forward): no"
    verdicts = [
        verdict("one", Outcome.RUNTIME_ERROR, message=broken, place="helper.py:3", **told),
        verdict("two", Outcome.RUNTIME_ERROR, message=broken, place="helper.py:3", **told),
        verdict("three", Outcome.RUNTIME_ERROR, message=other, place="hw/b.py:12", **told),
        verdict("four", Outcome.WRONG_ANSWER, message="`out` differs, see hw/b.py:12", **told),
    ]
    assert advice_list(*verdicts) == [
        "! one two helper.py:3 : Fix that line.",
        "! three hw/b.py:12 : Fix that line.",
        "✗ four Fix that line.",
    ]


def test_hidden_checks_are_named_together_and_nothing_is_told_of_them() -> None:
    """Nor are they put beside public ones."""
    verdicts = [verdict(f"c{n}", Outcome.WRONG_ANSWER, hidden=n < 2, message="off", next_step="Fix.") for n in range(3)]
    assert advice_list(*verdicts) == ["✗ c0 c1 wrong answer (hidden checks)", "✗ c2 Fix."]


def test_sums_of_fractions_are_shown_rounded_once() -> None:
    """Three thirds are a whole point, and a third is two decimals."""
    third = replace(verdict("a", case="x"), points=Fraction(1, 3), max_points=Fraction(1, 3))
    whole = Page(student_page(report(third, replace(third, case="y"), replace(third, case="z"))))
    assert "1 of 1 points" in whole.text
    assert "0.33 of 0.33 points" in Page(student_page(report(third))).text


def test_written_answers_are_shown_without_the_rubric() -> None:
    """Prompt, points and the student's own lines are there, but not what staff look for: that is the answer."""
    answer = Answer("q1", "Depth", "Why is it *deep*?", ((2, "names depth"), (1, "an example")), "one\n  two & <three>")
    source = student_page(report(answers=(answer, replace(answer, id="q2", text=None))))
    page = Page(source)
    for words in (
        "Why is it *deep*?",
        "graded by hand",
        "No answer was submitted",
    ):
        assert words in page.text
    assert "one\n  two &amp; &lt;three&gt;</pre>" in source
    assert "up to 3" in page.text
    assert "names depth" not in source


def test_the_footer_tells_where_the_grade_comes_from() -> None:
    """Sandbox level, device and each entry of the provenance are printed."""
    page = Page(student_page(report(provenance={"torch": "2.9.0", "key": "abc123"})))
    assert "sandbox isolated device cpu" in page.text
    assert "torch 2.9.0 key abc123" in page.text


def test_the_class_is_sorted_and_linked() -> None:
    """Students are in the order of their ids, each linked to the page beside it."""
    source = class_page([report(verdict("a"), submission_id=name) for name in ("zoe", "ada", "m.b@x-y_1")])
    links = re.findall(r'href="([^"]*)"', source)
    assert links == [f"students/{name}/report.html" for name in ("ada", "m.b@x-y_1", "zoe")]


@pytest.mark.parametrize("name", ["..", ".", "a/b", "", "javascript:alert(1)", "x" * 65, "né"])
def test_an_id_that_is_not_a_folder_name_is_not_linked(name: str) -> None:
    """A quarantined submission's name cannot lead out of the results."""
    assert "href=" not in class_page([report(submission_id=name, reason="the folder's name is not a student id")])


def test_class_numbers_count_the_graded_only() -> None:
    """An unfinished or quarantined submission moves neither mean, median, minimum nor maximum."""
    graded = [report(verdict("a", points=points), submission_id=f"s{points}") for points in (10, 20, 90)]
    others = [report(verdict("a", Outcome.GRADER_ERROR, points=90)), report(verdict("a", points=1), reason="odd")]
    page = Page(class_page(graded + others))
    assert "mean 40 median 20 min 10 max 90" in page.text
    assert "3 graded" in page.text
    assert "1 unfinished" in page.text
    assert "1 quarantined" in page.text


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_names_stand_beside_ids_where_any_is_known(text: str) -> None:
    """Also of who submitted nothing; a hostile one stays text."""
    reports = [report(verdict("a"), submission_id=name) for name in ("ada", "bob")]
    graded = [Graded.of(each) for each in reports]
    named = assert_inert(class_page(reports, build(graded, missing=["eve"], names={"ada": "Ada L", "eve": "Eve E"})))
    assert "student name state" in named.text
    assert "ada Ada L graded" in named.text
    assert "bob graded" in named.text
    assert "Not submitted: eve Eve E" in named.text
    assert "student state" in Page(class_page(reports, build(graded))).text
    assert_inert(class_page(reports, build(graded, names={"ada": text})))


def test_each_cell_shows_its_outcome() -> None:
    """By a symbol, which is explained, with the points where they are neither all nor none."""
    partly = report(verdict("a", case="x"), verdict("a", Outcome.TIME_LIMIT, case="y"), submission_id="ada")
    page = class_page([partly, report(verdict("a", points=4), submission_id="bob")])
    assert '<td class="fault">◷ 2</td></tr>' in page
    assert "<td>✓</td></tr>" in page
    assert "A symbol for each check: ✓ passed ◷ time limit . A number beside it" in Page(page).text


def test_the_histogram_counts_by_tenths_of_full_marks() -> None:
    """Nothing is in the first tenth, half in the sixth and full marks in the last."""
    halves = (verdict("a"), verdict("b", Outcome.MISSING))
    reports = [report(verdict("a", Outcome.MISSING)), report(*halves), report(verdict("a")), report(verdict("a"))]
    assert "by tenths of full marks: 1, 0, 0, 0, 0, 1, 0, 0, 0, 2" in class_page(reports)


def test_a_class_of_nobody_has_a_page() -> None:
    """An empty batch is not an error."""
    assert "0 submissions" in assert_inert(class_page([])).text


def test_figures_that_cannot_be_shown_are_told() -> None:
    """A person then looks into the notebook."""
    page = student_page(report(verdict("a")), Illustrations(lost=2))
    assert "2 could not be shown: open the notebook to see them" in page
    assert "could not be shown" not in student_page(report(verdict("a")), Illustrations())


def test_a_group_whose_members_have_different_totals_has_none_on_the_class_page() -> None:
    """One came with an extension, one without; each has a total of its own."""
    group = replace(report(verdict("a"), submission_id="1_2"), members=("1", "2"))
    late = Late(deadline=datetime(2026, 11, 1, tzinfo=UTC), percent_per_day=10)
    words = {"1": LateEntry(days=Fraction(1)), "2": LateEntry(days=Fraction(1), extension=Fraction(1))}
    book = build([Graded.of(group)], policy=late, late=words)
    assert len({row.points for row in book.rows}) == 2
    page = class_page([group], book)
    assert 'title="members have different totals, see grades.csv">–</td>' in page
    assert "No total yet (–), 1 submission: members have different totals" in Page(page).text
    told = Page(student_page(group, rows=book.rows)).text
    assert "2 of 2 points for the checks The totals below count, one for each of you." in told


def test_of_a_group_each_member_is_told_the_own_total() -> None:
    """Also who is in time beside one who is late."""
    group = replace(report(verdict("a"), submission_id="1_2"), members=("1", "2"))
    late = Late(deadline=datetime(2026, 11, 1, tzinfo=UTC), percent_per_day=10)
    book = build([Graded.of(group)], policy=late, late={"1": LateEntry(days=Fraction(1)), "2": LateEntry(Fraction(0))})
    told = Page(student_page(group, rows=book.rows)).text
    assert re.search("1 checks 2 of 2 .* total 1.8 of 2 2 checks 2 of 2 total 2 of 2", told)


def test_who_waits_for_points_by_hand_is_told_that_there_is_no_total_yet() -> None:
    """The student in a sentence, and staff beside the dash; whose answer is scored is told the total."""
    answer = Answer("why", "Why?", "Why?", ((3, "so"),), "because")
    reports = [report(verdict("a"), submission_id=name, answers=(answer,)) for name in ("ada", "bob", "eve")]
    late = Late(deadline=datetime(2026, 11, 1, tzinfo=UTC), percent_per_day=10)
    scores = {("ada", "why"): scored(answer, Fraction(1))}
    days = {"bob": LateEntry(days=Fraction(1))}
    book = build(map(Graded.of, reports), policy=late, late=days, decisions=Decisions(scores))
    ada, bob, eve = (Page(student_page(each, rows=[row])).text for each, row in zip(reports, book.rows, strict=True))
    assert "2 of 2 points for the checks The total counts, as calculated below: 3 of 5 points." in ada
    for waiting in (bob, eve):
        assert (
            "2 of 2 points for the checks There is no total yet: the course staff have not graded all written answers"
            in waiting
        )
        assert "Why? not scored yet" in waiting
        assert "total not yet, of 5" in waiting
    page = class_page(reports, book)
    assert page.count('title="not scored yet: why">–</td>') == 2
    assert "No total yet (–), 2 submissions: not scored yet: why" in assert_inert(page).text
    assert "Total: the points that count" in page


def test_the_big_number_says_that_written_answers_are_not_in_it() -> None:
    """Before any of the class is scored; where there are none nothing is said."""
    answer = Answer("why", "Why?", "Why?", ((3, "so"),), "because")
    told = Page(student_page(report(verdict("a"), answers=(answer,)))).text
    assert "2 of 2 points for the checks Written answers are graded by hand and are not included." in told
    plain = Page(student_page(report(verdict("a")))).text
    assert "of the checks" not in plain
    assert "No total yet" not in class_page([report(verdict("a"))])


def test_zeros_of_which_nothing_was_found_are_told_to_staff() -> None:
    """What was submitted instead is on the class page, and who has but one check missing does not."""
    absent = verdict("a", Outcome.MISSING)
    nothing = report(absent, notes=("no folder `hw`; found a.docx",), submission_id="dora")
    page = Page(class_page([nothing, report(verdict("b"), absent, submission_id="ada")]))
    assert "Check before you publish this zero: dora no folder hw ; found a.docx" in " ".join(page.text.split())
    assert "before you publish" not in class_page([report(verdict("b"), absent)])


def test_the_total_says_of_how_many_points() -> None:
    """The big number is that of the checks; beside the total stands what it is out of."""
    answer = Answer("why", "Why?", "Why?", ((3, "so"),), "because")
    late = Late(deadline=datetime(2026, 11, 1, tzinfo=UTC), percent_per_day=10)
    graded = report(verdict("a"), answers=(answer,))
    scores = {("ada", "why"): scored(answer, Fraction(1))}
    book = build(
        [Graded.of(graded)], policy=late, late={"ada": LateEntry(days=Fraction(1))}, decisions=Decisions(scores)
    )
    page = Page(student_page(graded, rows=book.rows))
    assert "total 2.7 of 5" in " ".join(page.text.split())


def test_a_wrapped_prompt_is_one_paragraph() -> None:
    """Indented as authors indent items of a list."""
    answer = Answer("q", "Q", "Look:\n\n1. Say what you\n   count.\n2. Why?\n", ((1, "x"),), None)
    assert "Look:\n\n1. Say what you count.\n2. Why?" in student_page(report(answers=(answer,)))


@pytest.mark.process
def test_the_faces_do_not_load_torch() -> None:
    """The pages and the terminal come up without the seconds that importing torch takes."""
    code = "import sys, grader.pages.html, grader.pages.terminal; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout.strip() == b"False"
