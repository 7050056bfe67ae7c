"""A roster is read from what platforms export, and ids are compared byte for byte."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.core.text import is_hidden
from grader.submissions.intake import plan
from grader.submissions.roster import Person, Roster, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,HW 2 (77),Final Score
,,,,,Manual Posting,
"    Points Possible",,,,,10,(read only)
"Lovelace, Ada",4711,900001,ada,Lab 1,,
"Student, Test",4799,,x,Lab 1,,
"Müller, Zoë",4712,900002,zoe,Lab 1,8.5,
"""
MOODLE = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade)
Participant 123,Ada Lovelace,ada@uni.edu,Submitted,,100,-
Participant 124,Zoë Müller,zoe@uni.edu,No submission,,100,-
"""
GITHUB = """"identifier","github_username","github_id","name"
"900001","ada-l","5","Ada"
"900002","","",""
"""


def roster_of(folder: Path, text: str | bytes) -> Roster:
    """The roster that a file of this text is."""
    path = folder / "roster.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_roster(path)


def problem_of(folder: Path, text: str | bytes) -> str:
    """Why a file of this text is none, without its name."""
    with pytest.raises(UsageError) as error:
        roster_of(folder, text)
    assert "\n" not in str(error.value)
    return str(error.value).removeprefix(f"{folder / 'roster.csv'}: ")


def test_a_gradebook_of_canvas_is_a_roster(tmp_path: Path) -> None:
    """Without its rows that are nobody and its student for tests; the other ids say who is meant as well."""
    assert roster_of(tmp_path, CANVAS).people == (
        Person("4711", "Lovelace, Ada", ("900001", "ada")),
        Person("4712", "Müller, Zoë", ("900002", "zoe")),
    )


def test_a_student_without_an_id_in_a_gradebook_of_canvas_is_told(tmp_path: Path) -> None:
    """What has none besides are its rows about assignments; also where it has first and last names."""
    roster = roster_of(tmp_path, CANVAS + '"Smith, Bob",,,,Lab 1,,\n')
    assert roster.notes == ("roster.csv: row 7 has no id and is left out: Smith, Bob",)
    two = "LastName,FirstName,ID,SIS Login ID,Section,HW 2 (77)\n    Points Possible,,,,,10\n"
    roster = roster_of(tmp_path, f"{two}Lovelace,Ada,7,ada,S,\nStudent,Test,8,x,S,\nSmith,Bob,,,S,\n")
    assert roster.people == (Person("7", "Ada Lovelace", ("ada",)),)
    assert roster.notes == ("roster.csv: row 5 has no id and is left out: Bob Smith",)


def test_a_worksheet_of_moodle_is_a_roster(tmp_path: Path) -> None:
    """`Participant 123` is 123, as its downloads say."""
    assert roster_of(tmp_path, MOODLE).people == (
        Person("123", "Ada Lovelace", ("ada@uni.edu",)),
        Person("124", "Zoë Müller", ("zoe@uni.edu",)),
    )


def test_a_roster_of_github_classroom_is_a_roster(tmp_path: Path) -> None:
    """The school's id is the id, the login means the same person."""
    people = roster_of(tmp_path, GITHUB)
    assert people.people == (Person("900001", "Ada", ("ada-l",)), Person("900002"))
    assert people.find("ada-l") == people.find("900001") == (people.people[0],)


@pytest.mark.parametrize("title", ["id", "ID", "student_id", "Student ID", "SID", "Username", "email", "Email address"])
@pytest.mark.parametrize(
    "form", ["{},name\n7,Ada\n", "\ufeff{};name\n7;Ada\n", "name\t{}\r\nAda\t7\r\n", '"{}","name"\n"7","Ada"']
)
def test_any_table_with_a_column_of_ids_is_a_roster(tmp_path: Path, title: str, form: str) -> None:
    """Whatever the separator, the ends of lines and the byte order mark."""
    assert roster_of(tmp_path, form.format(title)).people == (Person("7", "Ada"),)


def test_first_and_last_names_are_put_together(tmp_path: Path) -> None:
    """As Gradescope has them; a name that would move a cursor is written out."""
    people = roster_of(tmp_path, "First Name,Last Name,SID\nAda,Lovelace,7\nA\x1b[2J,,8\n").people
    assert [person.name for person in people] == ["Ada Lovelace", r"A\x1b[2J"]


@pytest.mark.parametrize("id", ["ada", "Ada ", "adа", "ADA", "ada1", "", "Аda", "1", "01", "１", "\u212aim", "K1m"])
def test_ids_are_found_letter_by_letter(tmp_path: Path, id: str) -> None:
    """In any case, but no space, no letter of another alphabet, no other digits."""
    people = roster_of(tmp_path, "id\nada\n1\nkim\n")
    assert [person.id for person in people.find(id)] == ([id.lower()] if id in ("ada", "ADA", "1") else [])


def test_letter_case_matters_where_it_tells_people_apart(tmp_path: Path) -> None:
    """An address or a login of somebody else, in the very letters."""
    people = roster_of(tmp_path, "id,login,email\n1,ada,Ada@Uni.edu\n2,ADA,b@uni.edu\n")
    assert [[person.id for person in people.find(id)] for id in ("ada", "ADA", "Ada", "ada@uni.EDU")] == [
        ["1"],
        ["2"],
        ["1", "2"],
        ["1"],
    ]


WORKSHEETS = {
    "German": ("ID,Vollständiger Name,E-Mail-Adresse,Status,Bewertung,Bestwertung,Bewertung kann geändert werden,"
               "Zuletzt geändert (Bewertung),Feedback als Kommentar", "Teilnehmer/in"),
    "Spanish": ("Identificador,Nombre completo,Dirección de correo,Estado,Calificación,Calificación máxima,"
                "La calificación puede ser cambiada,Última modificación (calificación),Comentarios", "Participante"),
    "Hebrew": ("מזהה,שם מלא,כתובת דואר אלקטרוני,מצב,ציון,ציון מירבי,ניתן לשנות,שינוי אחרון (ציון),הערות", "משתתף "),
    "Chinese": ("编号,全名,电子邮件地址,状态,成绩,最高分,成绩可以被更改,最后修改 (成绩),反馈评论", "参与者"),
}  # fmt: skip


@pytest.mark.parametrize("language", WORKSHEETS)
@pytest.mark.parametrize("blind", [False, True])
def test_moodles_worksheet_is_a_roster_in_any_language(tmp_path: Path, language: str, blind: bool) -> None:
    """Its rows tell which column is which; marked blind, it has no names and no addresses."""
    titles, word = WORKSHEETS[language]
    rows = [("Ada Lovelace", "ada@uni.edu"), ("Zoë Müller", "zoe@uni.edu"), ("נועה כהן", "noa@uni.edu")]
    shown = [*titles.split(",")[:1], *titles.split(",")[3 if blind else 1 :]]
    lines = [",".join(shown)]
    for number, row in enumerate(rows, 101):
        lines.append(",".join([f"{word}{number}", *(() if blind else row), "x y", "", "100.00", "Sí", "-", ""]))
    assert roster_of(tmp_path, "\ufeff" + "\r\n".join(lines)).people == tuple(
        Person(str(number), *(() if blind else (name, (address,)))) for number, (name, address) in enumerate(rows, 101)
    )


def test_ids_of_a_word_and_a_number_are_no_worksheets(tmp_path: Path) -> None:
    """However many columns there are."""
    roster = roster_of(tmp_path, "id,name,email,section,x\ns1001,Ada,a@b,1,\ns1002,Bob,b@b,1,\n")
    assert [person.id for person in roster.people] == ["s1001", "s1002"]
    grades = "ID,name,grade,most,sent\ns1001,Ada,1,5,yes\ns1002,Bob,,5,yes\n"
    assert [person.id for person in roster_of(tmp_path, grades).people] == ["s1001", "s1002"]


def test_a_row_without_an_id_is_a_note(tmp_path: Path) -> None:
    """It costs nobody else anything."""
    roster = roster_of(tmp_path, "id,name\n7,Ada\n,Bob\n8,Cy\n")
    assert [person.id for person in roster.people] == ["7", "8"]
    assert roster.notes == ("roster.csv: row 3 has no id and is left out: Bob",)
    (tmp_path / "class/7/hw").mkdir(parents=True)
    assert plan(tmp_path / "class", roster=roster).oddities == roster.notes


def test_an_id_that_is_anothers_login_finds_both(tmp_path: Path) -> None:
    """Who uses it is then asked for more."""
    people = roster_of(tmp_path, "id,login\n1,2\n2,9\n")
    assert [person.id for person in people.find("2")] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty; export the roster again"),
        (" \n\n", "empty; export the roster again"),
        ("id,name\n", "nobody is in it; export the roster again"),
        ("name,grade\nAda,3\n", "no column of ids in its first row; name one of them `id`"),
        ("id,ID\n1,2\n", "two columns are called `id`; keep one"),
        ("id\n7\n8\n7\n", "rows 2 and 4 have the same id `7`; keep one"),
        ("id\nada\nAda\n", "rows 2 and 3 have the same id `Ada`; keep one"),
        ("id,name\n,Bob\n", "nobody is in it; export the roster again"),
        ("a,b,c,d,e,f\n7,8,9,1,2,3\n", "no column of ids in its first row; name one of them `id`"),
        ("a,b,c,d,e,f\nAda 7,,,,,\nBob 8,,,,,\n", "no column of ids in its first row; name one of them `id`"),
        ("id\na b\n", "row 2: 'a b' is not an id (letters, digits and ._@- only, up to 64)"),
        ("id\n\u0430da\n", "row 2: '\\u0430da' is not an id (letters, digits and ._@- only, up to 64)"),
        ("id\n..\n", "row 2: '..' is not an id (letters, digits and ._@- only, up to 64)"),
        (b"id\nM\xfcller\n", 'not UTF-8; save it as "CSV UTF-8" in the spreadsheet'),
        (b"PK\3\4\0\0", 'not UTF-8; save it as "CSV UTF-8" in the spreadsheet'),
        ('id,name\n7,"Ada\n', "not a CSV file (row 2: unexpected end of data); save it as CSV again"),
        ('name;id\n"A\nB";7\n\n"Ada;8\n', "not a CSV file (row 4: unexpected end of data); save it as CSV again"),
    ],
)
def test_a_file_that_is_not_a_roster_is_told_in_one_sentence(tmp_path: Path, text: str | bytes, problem: str) -> None:
    """With the row, and what to do."""
    assert problem_of(tmp_path, text) == problem


def test_a_roster_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Or is a folder."""
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be read .*; name a CSV file"):
            read_roster(path)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(
    st.binary(max_size=200),
    st.text(alphabet="id,;\t\"'\n\r7a. \0é=", max_size=80).map(lambda text: f"id,name\n{text}".encode()),
    st.lists(st.lists(st.text(max_size=6), max_size=4), max_size=6).map(
        lambda rows: "\n".join(map(",".join, rows)).encode()
    ),
))  # fmt: skip
def test_no_file_makes_reading_a_roster_raise_anything_else(tmp_path: Path, content: bytes) -> None:
    """People with good ids, each once, or one sentence."""
    try:
        people = roster_of(tmp_path, content).people
    except UsageError as error:
        assert "\n" not in str(error).removeprefix(str(tmp_path))
        return
    assert people
    assert len({person.id for person in people}) == len(people)
    assert all(person.id.isascii() and not any(map(is_hidden, person.name)) for person in people)
