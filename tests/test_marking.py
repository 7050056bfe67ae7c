"""Marking: what a desk stores, that it loses and replaces nothing, and whom its server answers."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marked_class import HOW, QUESTIONS, SO, WHY, make_class, store, stored, submitted, totals
from sample_reports import HOSTILE
from starlette.testclient import TestClient
from test_html import Page

from grader.core.errors import UsageError
from grader.marking import payloads
from grader.marking.desk import Desk, Score
from grader.marking.now import Progress, View
from grader.marking.payloads import overview
from grader.marking.server import application
from grader.marking.tally import agreement
from grader.pages.write import settle_with_pages
from grader.results.decisions import MARKS, read_decisions
from grader.results.folder import settle
from grader.results.lock import deciding
from grader.results.manual import asked, import_sheet

CLASS = [submitted("ada", "Scales."), submitted("bob", "Scales."), submitted("cem", ""), submitted("dan", None)]
TOKEN = "a token"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The results of four: two with the same answer to `why`, and two with none."""
    return make_class(tmp_path, *CLASS)


def view(desk: Desk, id: str, question: str = "why") -> View:
    """An answer as it stands."""
    with desk.open() as now:
        return next(each for each in now.views(question) if each.entry.id == id)


def score(desk: Desk, seen: View, *items: str, **fields: Any) -> list[str]:
    """Give an answer items of the rubric; why not, where it was not stored."""
    sent = Score(seen.entry.answer.id, {seen.entry.alias: seen.version}, items, **fields)
    return [each.why for each in desk.save(sent)]


def test_points_are_those_of_the_items_and_what_is_adjusted(out: Path) -> None:
    """Never below 0 nor above the maximum; an answer without points is not one with 0."""
    desk = Desk(out, "tina")
    for items, adjust, points in (
        (("1",), "0", 2), (("2", "1"), "-0.5", Fraction(5, 2)), ((), "0", 0), (("1", "2"), "1,5", 3), ((), "-2", 0),
    ):  # fmt: skip
        assert score(desk, view(desk, "ada"), *items, adjust=adjust, comment=" Well\nsaid. ") == []
        assert totals(out)["ada", "why"] == points
        assert view(desk, "ada").mark.comment == "Well said."
    assert score(desk, view(desk, "ada"), scored=False) == []
    assert (totals(out)["ada", "why"], view(desk, "ada").progress) == (None, Progress.UNSCORED)
    for wrong, said in ((("9",), "there is no item '9'"), (("1",), "'much' is not a number of points")):
        with pytest.raises(UsageError, match=said):
            score(desk, view(desk, "ada"), *wrong, adjust="much" if wrong == ("1",) else "0")


def test_who_comes_second_is_shown_both_and_needs_a_reason(out: Path) -> None:
    """Nothing is stored until then, whichever desk, process or sheet was first; saying the same needs none."""
    tina, theo = Desk(out, "tina"), Desk(out, "theo")
    seen = view(theo, "ada")
    assert score(tina, view(tina, "ada"), "1") == []
    assert score(theo, seen, "1") == []
    assert score(theo, seen, "2") == ["tina gave 2 meanwhile"]
    newer = view(theo, "ada")
    assert score(theo, newer, "2") == ["tina gave 2 for this; say why you replace it"]
    assert stored(out) == 1
    assert score(theo, newer, "2", reason="It has no scale.") == []
    assert totals(out)["ada", "why"] == 1
    (out / "points.csv").write_text("id,question,points,reason\nada,why,3,We agreed.\n")
    seen = view(theo, "ada")
    import_sheet(out / "points.csv", asked(CLASS), out, "tina")
    assert score(theo, seen, "1") == ["tina gave 3 meanwhile"]
    with tina.open() as now:
        assert overview(now, "why", second=False)["markers"] == {"tina": 1}
        assert agreement(now, "why").pairs == ()  # who insists has seen what the other gave


def test_a_changed_item_scores_everybody_who_has_it_anew(out: Path) -> None:
    """On one line with it, and each stays its marker's. Who saw the old one looks again before anything is stored."""
    tina, theo = Desk(out, "tina"), Desk(out, "theo")
    score(tina, view(tina, "ada"), "1", "2")
    score(theo, view(theo, "bob"), "1", adjust="0.25")
    score(theo, view(theo, "cem"), "2")
    seen = view(tina, "dan")
    version = view(theo, "ada").version[2]
    assert list(view(theo, "ada").items) == ["1", "2"]
    assert theo.change("why", "1", "1.5", "One scale,  at least.", version) == 2
    assert score(tina, seen, "1") == ["an item of the rubric has changed"]
    with pytest.raises(UsageError, match="somebody has changed it meanwhile"):
        tina.change("why", "1", "1", "Other words.", version)
    found = {id: totals(out)[id, "why"] for id in ("ada", "bob", "cem", "dan")}
    assert found == {"ada": Fraction(5, 2), "bob": Fraction(7, 4), "cem": 1, "dan": None}
    assert view(tina, "ada").mine and view(tina, "ada").items["1"].text == "One scale, at least."
    assert len((out / MARKS / "theo.jsonl").read_text().splitlines()) == 3
    assert theo.change("why", "", "-1", "Copied.", view(theo, "ada").version[2]) == 0
    assert score(tina, view(tina, "ada"), "1", "2", "3") == []
    assert totals(out)["ada", "why"] == Fraction(3, 2)


def test_another_answer_or_rubric_is_looked_at_again(out: Path) -> None:
    """Points count for what was read alone, and return with it. A score on what is gone is refused."""
    desk = Desk(out, "tina")
    score(desk, view(desk, "ada"), "1")
    seen = view(desk, "bob")
    store(out, submitted("ada", "Another one."))
    store(out, submitted("bob", "Another one."))
    assert view(desk, "ada").progress is Progress.AGAIN
    assert score(desk, seen, "1") == ["the answer has changed: another one was submitted"]
    assert totals(out)["ada", "why"] is None
    store(out, submitted("ada", "Scales."))
    assert totals(out)["ada", "why"] == 2
    store(out, submitted("ada", "Scales.", questions=(replace(WHY, rubric=((3, "New."),)), HOW, SO)))
    assert view(desk, "ada").mark.again == "the rubric has changed"


def test_equal_and_blank_answers_are_scored_in_one_go_or_not_at_all(out: Path) -> None:
    """None submitted and an empty one are the same; where one was scored meanwhile, none is."""
    desk, theo = Desk(out, "tina"), Desk(out, "theo")
    with desk.open() as now:
        like = {each.entry.id: [one.entry.id for one in now.alike(each.entry)] for each in now.views("why")}
        blank = Score("why", {each.entry.alias: each.version for each in now.views("why") if each.entry.is_blank})
    assert like == {"ada": ["bob"], "bob": ["ada"], "cem": ["dan"], "dan": ["cem"]}
    score(theo, view(theo, "dan"), adjust="1")
    assert [(each.why, each.view.entry.id) for each in desk.save(blank)] == [("theo gave 1 meanwhile", "dan")]
    assert totals(out)["cem", "why"] is None
    score(theo, view(theo, "dan"), scored=False)
    blank = Score(
        "why", {each.entry.alias: each.version for each in (view(desk, "cem"), view(desk, "dan"))}, reason="Blank."
    )
    assert desk.save(blank) == []
    assert (totals(out)["cem", "why"], totals(out)["dan", "why"]) == (0, 0)


def test_agreement_is_of_those_who_were_not_shown_the_first_points(out: Path) -> None:
    """A second score counts for nobody; it is compared with what counted when it was given, by the rubric of today."""
    tina, theo = Desk(out, "tina"), Desk(out, "theo")
    score(tina, view(tina, "ada"), "1", comment="Well said.")
    score(tina, view(tina, "bob"), "1", "2")
    score(theo, view(theo, "cem"))
    with theo.open() as now:
        blind = {each.entry.id: each for each in now.views("why", second=True)}
        told = [payloads.in_short(each) for each in blind.values()]
        assert now.comments("why", second=True) == []
    assert sorted(blind) == ["ada", "bob"]
    assert {(each["points"], each["marker"], each["progress"]) for each in told} == {("", "", "unscored")}
    assert score(theo, blind["ada"], "2", second=True) == []
    assert score(theo, blind["bob"], "1", "2", second=True) == []
    assert {id: totals(out)[id, "why"] for id in ("ada", "bob", "cem", "dan")} == {
        "ada": 2, "bob": 3, "cem": 0, "dan": None,
    }  # fmt: skip
    score(tina, view(tina, "ada"), "2", comment="Well said.")  # as both have agreed on meanwhile
    with tina.open() as now:
        found = agreement(now, "why")
    assert (len(found.pairs), found.same, found.apart) == (2, 1, Fraction(1, 2))
    assert [(each.first, each.second, each.above) for each in found.pairs if each.above] == [("tina", "theo", -1)]
    theo.change("why", "1", "1", "Of one scale.", view(theo, "ada").version[2])
    with tina.open() as now:
        assert agreement(now, "why").same == 2


def test_who_was_shown_the_first_points_cannot_mark_independently(client: TestClient, out: Path) -> None:
    """Neither an own answer, nor after a look at it or a conflict, also in the next run; what was given stays."""
    theo = Desk(out, "theo")
    for id in ("ada", "bob", "cem"):
        score(theo, view(theo, id), "1", comment="Theo's secret.")
    tina = Desk(out, "tina")
    score(tina, view(tina, "dan"), "1")
    names = {id: view(tina, id).entry.alias for id in ("ada", "bob", "cem", "dan")}
    asked_for = {"question": "why", "second": "true"}
    listed = client.get("/overview", params=asked_for)
    assert {each["alias"] for each in listed.json()["answers"]} == {names["ada"], names["bob"], names["cem"]}
    shown = client.get("/answer", params=asked_for | {"alias": names["ada"]})
    assert not [each for each in (listed, shown) if "theo" in each.text or "secret" in each.text]
    ahead = client.get("/answer", params={"question": "why", "alias": names["ada"], "ahead": "true"}).json()
    assert (ahead["points"], ahead["progress"], "html" in ahead) == ("", "scored", False)
    sent = {"question": "why", "second": True, "items": ["2"], "comment": "", "reason": ""}
    seen = {names["ada"]: shown.json()["version"]}
    assert client.post("/score", json=sent | {"seen": seen}).json()[0]["points"] == "1"
    assert "secret" in client.get("/answer", params={"question": "why", "alias": names["ada"]}).text
    conflict = {"seen": {names["bob"]: ["", "", "", ""]}, "second": False}
    assert client.post("/score", json=sent | conflict).status_code == 409
    with Desk(out, "tina").open() as now:
        assert [each.entry.id for each in now.views("why", second=True)] == ["cem"]
        assert [pair.alias for pair in agreement(now, "why").pairs] == [names["ada"]]
    again = client.post("/score", json=sent | {"seen": seen, "items": ["1"]})
    assert again.status_code == 400 and "cannot be marked independently by you" in again.json()["problem"]
    assert client.get("/agreements").json()[0]["differing"] == [
        {"alias": names["ada"], "who": "theo, tina", "apart": "1"}
    ]
    theirs = client.get("/answer", params={"question": "why", "alias": names["ada"]}).json()["html"]
    assert "independently: 1" in " ".join(Page(theirs).text.split())


def test_a_line_that_was_cut_off_was_never_stored(out: Path) -> None:
    """A process that was killed while it wrote told nobody; its marker's next desk removes what it left."""
    desk = Desk(out, "tina")
    score(desk, view(desk, "ada"), "1")
    path = out / MARKS / "tina.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:40])
    with pytest.raises(UsageError, match=r"tina.jsonl line 2: damaged: it is cut off"):
        read_decisions(out)
    assert view(Desk(out, "theo"), "ada").mark.points == 2
    assert Desk(out, "tina").dropped == 40
    assert path.read_bytes() == whole
    assert Desk(out, "tina").dropped == 0


def test_ids_are_hidden_and_who_asks_is_kept(out: Path) -> None:
    """Names of answers tell neither whose they are nor what belongs together, and are the same for every desk."""
    desk = Desk(out, "tina")
    with desk.open() as now:
        names = {question: {each.alias for each in entries.values()} for question, entries in now.questions.items()}
    with Desk(out, "theo").open() as now:
        assert names == {question: set(entries) for question, entries in now.questions.items()}
    assert len(set.union(*names.values())) == len(CLASS) * len(QUESTIONS)
    assert desk.unmask("why", view(desk, "ada").entry.alias) == "ada"
    desk.flag("why", view(desk, "ada").entry.alias, True)
    assert view(Desk(out, "theo"), "ada").flagged
    lines = [json.loads(line) for line in (out / MARKS / "tina.jsonl").read_text().splitlines()]
    assert [(each["id"], each.get("unmasked")) for each in lines] == [("ada", "why"), ("ada", None)]


def test_desks_wait_for_one_another(out: Path) -> None:
    """Eight threads with desks of their own score at once, each as it has seen it: one of them was first."""
    desks = [Desk(out, f"m{number}") for number in range(8)]
    seen = [view(each, "ada") for each in desks]
    said: list[list[str]] = []
    threads = [
        threading.Thread(target=lambda n=number: said.append(score(desks[n], seen[n], "1", adjust=f"0.{n}")))
        for number in range(8)
    ]
    with deciding(out):
        for each in threads:
            each.start()
        assert said == []
    for each in threads:
        each.join()
    assert (said.count([]), stored(out)) == (1, 1)


ACTS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 1), st.integers(0, 3), st.sampled_from(QUESTIONS)), max_size=12
)


@settings(deadline=None, max_examples=15)
@given(ACTS)
def test_totals_are_those_of_an_independent_computation(tmp_path_factory: Any, acts: list[Any]) -> None:
    """Whatever two markers do in which order: items given, an item's points changed, answers submitted anew."""
    out = make_class(tmp_path_factory.mktemp("class"), *(submitted(f"s{number}") for number in range(4)))
    desks = [Desk(out, "tina"), Desk(out, "theo")]
    worth = {each.id: [Fraction(points) for points, _ in each.rubric] for each in QUESTIONS}
    most = {each.id: each.max_points for each in QUESTIONS}
    has: dict[tuple[str, str, int], list[int]] = {}
    version = [0] * 4
    for number, (who, desk, what, question) in enumerate(acts):
        now = view(desks[desk], f"s{who}", question.id)
        if what == 3:
            version[who] = number
            store(out, submitted(f"s{who}", *(f"Answer {number} of {who}" for _ in QUESTIONS)))
        elif what == 2:
            desks[desk].change(question.id, "1", f"{number / 10}", "Anew.", now.version[2])
            worth[question.id][0] = Fraction(number, 10)
        else:
            items = list(range(min(what + who % 2, len(question.rubric))))
            assert score(desks[desk], now, *(str(each + 1) for each in items), reason="So.") == []
            has[f"s{who}", question.id, version[who]] = items
    if any(what < 2 for _, _, what, _ in acts):
        for (id, question), points in totals(out).items():
            found = has.get((id, question, version[int(id[1])]))
            assert points == (
                None
                if found is None
                else min(sum((worth[question][each] for each in found), Fraction()), most[question])
            )


@pytest.fixture
def client(out: Path) -> TestClient:
    """A browser that has opened the address."""
    opened = stranger(out)
    assert opened.get("/", params={"token": TOKEN}).status_code == 200
    opened.headers["origin"] = "http://127.0.0.1:8000"
    return opened


def stranger(out: Path) -> TestClient:
    """One that has not."""
    return TestClient(application(Desk(out, "tina"), TOKEN, lambda: "renewed"), "http://127.0.0.1:8000")


PLACES = (
    "/", "/questions", "/overview?question=why", "/mark.js", "/mark.css", "/comments?question=why", "/agreements",
    "/checks", "/checks.js", "/page.js", "/requests", "/student?id=ada",
)  # fmt: skip
CHANGING = ("/score", "/flag", "/unmask", "/item", "/renew", "/change", "/ask", "/reply")


def test_without_the_token_nothing_is_served(out: Path) -> None:
    """Nor with another one, in the address or in a cookie, nor with one twice."""
    asking = stranger(out)
    for place in PLACES:
        assert asking.get(place).status_code == 403
    for query in ("token=", "token=b", "token=a%20token&token=b", "tok", "token=%ff"):
        assert asking.get(f"/?{query}", follow_redirects=False).status_code == 403
    for cookie in ("grader=a token", "grader-00000000=a token", "=;=;\x01", "x" * 9000):
        assert asking.get("/questions", headers={"cookie": cookie}).status_code == 403
    answer = asking.get("/?token=a%20token", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "HttpOnly" in answer.headers["set-cookie"] and "SameSite=strict" in answer.headers["set-cookie"]


def test_another_host_or_origin_gets_nothing(client: TestClient, out: Path) -> None:
    """A name that leads here (DNS rebinding), other people's pages, and what does not say where it comes from."""
    for host in (
        "evil.example",
        "127.0.0.1.evil.example:8000",
        "127.0.0.1:8000@evil.example",
        "localhost.",
        "",
        "[::1",
    ):
        assert client.get("/questions", headers={"host": host}).status_code == 421
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1:9000",
        "https://127.0.0.1:8000",
        "http://localhost:8000",
    ):
        assert client.get("/questions", headers={"origin": origin}).status_code == 403
        for place in CHANGING:
            assert client.post(place, json={}, headers={"origin": origin}).status_code == 403
    del client.headers["origin"]
    assert client.post("/flag", json={"question": "why", "alias": "x", "flagged": True}).status_code == 403
    assert not (out / MARKS).exists()


def test_every_answer_forbids_what_a_page_could_load_or_keep(client: TestClient) -> None:
    """Also the refusals."""
    for place in (*PLACES, "/nothing", "/answer?question=why&alias=x"):
        headers = client.get(place).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; object-src 'none'")
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_no_path_leads_to_a_file(client: TestClient) -> None:
    """Files are served by name."""
    for path in (
        "/class.json", "/students/ada/report.json", "/../class.json", "/%2e%2e/class.json", "/mark.js/../class.json",
        "//etc/passwd", "/mark.js%00", "/static/mark.js", "/..%2fmarks/tina.jsonl", "/mark.css/",
    ):  # fmt: skip
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code in (404, 421) and "ada" not in answer.text, path
    for number in ("1", "-1", "9" * 30, "../1", "١"):
        asked_for = {"question": "why", "alias": "../ada", "number": number}
        assert client.get("/figure", params=asked_for).status_code == 400


@pytest.mark.parametrize("sent", ["", "[]", "{}", '{"question": 1}', "[" * 100_000, '"' + "x" * 1_100_000 + '"'])
def test_what_the_page_would_not_send_is_refused_in_one_sentence(client: TestClient, sent: str) -> None:
    """Whatever it is, and however long."""
    for place in (each for each in CHANGING if each != "/renew"):
        answer = client.post(place, content=sent)
        assert answer.status_code in (400, 413) and list(answer.json()) == ["problem"]


def test_a_score_goes_through_the_server(client: TestClient, out: Path) -> None:
    """As the page does it: overview, answer, score; a conflict is 409 with both."""
    first = client.get("/overview", params={"question": "so what"}).json()["answers"][0]
    shown = client.get("/answer", params={"question": "so what", "alias": first["alias"]}).json()
    sent = {"question": "so what", "seen": {shown["alias"]: shown["version"]}, "items": ["1"], "comment": "Good."}
    assert client.post("/score", json=sent).json()[0]["points"] == "1"
    again = client.post("/score", json=sent | {"items": ["2", "1"]})
    (conflict,) = again.json()["conflicts"]
    assert (again.status_code, conflict["why"]) == (409, "tina gave 1 meanwhile")
    assert (conflict["answer"]["has"], conflict["answer"]["comment"]) == (["1"], "Good.")
    assert client.get("/comments", params={"question": "so what"}).json() == ["Good."]
    assert client.get("/find", params={"question": "why", "text": "SCALES"}).json() != []
    assert client.post("/renew", json={}).json() == {"said": "renewed"}
    assert [points for (_, name), points in totals(out).items() if points is not None] == [1]


def test_points_of_a_check_are_changed_in_the_page(client: TestClient, out: Path) -> None:
    """As on the command line, in the same store; what is replaced is told, and what is not in order is refused."""
    student = client.get("/student", params={"id": " ada "}).json()
    assert [(each["part"], each["points"]) for each in student["parts"]][:2] == [
        ("squares", "2 of 2"), ("why", "not scored yet"),
    ]  # fmt: skip
    sent = {"id": "ada", "part": "squares", "points": "1,5", "text": "Copied a line."}
    assert client.post("/change", json=sent).json() == {"said": "stored"}
    assert "no longer 1.5 by tina: Copied a line." in client.post("/change", json=sent | {"points": "1"}).json()["said"]
    (check, *_) = client.get("/student", params={"id": "ada"}).json()["parts"]
    assert (check["points"], check["byHand"]) == ("1 of 2", "tina changed the points: Copied a line.")
    (row, *_) = settle(out)[0].rows
    assert (row.id, row.from_checks) == ("ada", 1)
    for wrong, said in (
        ({"points": "3"}, "write 0 to 2"), ({"text": " "}, "say why"), ({"part": "why"}, "has no check why"),
        ({"id": "eve"}, "nobody in"), ({"id": "../ada"}, "nobody in"), ({"id": ""}, "nobody in"),
    ):  # fmt: skip
        answer = client.post("/change", json=sent | wrong)
        assert answer.status_code == 400 and said in answer.json()["problem"], wrong
    client.post("/change", json=sent | {"points": None, "text": "A mistake."})
    assert settle(out)[0].rows[0].from_checks == 2


def test_a_request_waits_until_there_is_a_reply(client: TestClient, out: Path) -> None:
    """Staff see it in the page and among the cautions; its answer is flagged; the student reads the reply alone."""
    sent = {"id": "ada", "part": "why", "text": "I wrote <b>scales</b>,\nsecret."}
    assert client.post("/reply", json=sent).status_code == 400
    assert client.post("/ask", json=sent).status_code == 200
    assert client.post("/ask", json=sent | {"part": "what"}).status_code == 400
    assert client.get("/requests").json() == [{"id": "ada", "part": "why", "text": "I wrote <b>scales</b>, secret."}]
    assert view(Desk(out, "theo"), "ada").flagged
    book, _ = settle_with_pages(out)
    cautions = [each.sentence() for each in book.warnings]
    assert "requests of students without a reply: ada (why); see `grader mark`" in cautions
    page = out / "students/ada/report.html"
    assert "secret" not in page.read_text()
    assert client.post("/reply", json=sent | {"text": "It <i>counts</i> now."}).status_code == 200
    assert client.get("/requests").json() == []
    assert not view(Desk(out, "theo"), "ada").flagged
    book, _ = settle_with_pages(out)
    assert not any("requests" in each.said for each in book.warnings)
    assert "Reply to a request: It <i>counts</i> now." in Page(page.read_text()).text
    assert "secret" not in page.read_text()
    parts = {each["part"]: each for each in client.get("/student", params={"id": "ada"}).json()["parts"]}
    assert parts["why"]["requests"] == ["Asked: I wrote <b>scales</b>, secret.", "tina replied: It <i>counts</i> now."]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_answer_is_text(tmp_path: Path, text: str) -> None:
    """In the answer, and in a comment about it."""
    text = text.encode(errors="replace").decode()
    out = make_class(tmp_path, submitted("ada", text[:30_000]))
    desk = Desk(out, "tina")
    score(desk, view(desk, "ada"), "1", comment=text)
    opened = stranger(out)
    opened.get("/", params={"token": TOKEN})
    (short,) = opened.get("/overview", params={"question": "why"}).json()["answers"]
    found = opened.get("/answer", params={"question": "why", "alias": short["alias"]}).json()["html"]
    read = Page(found)
    assert not {"script", "img", "b", "a"} & set(read.tags)
    assert {name for name, _ in read.attributes} <= {"class", "hidden"}
    assert "\x1b" not in found and "\u202e" not in found
