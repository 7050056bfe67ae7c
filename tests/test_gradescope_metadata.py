"""The list in a Gradescope export is read line by line and strictly: what looks otherwise makes nobody's submission."""

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.submissions.layouts.gradescope_metadata import Submitter, moment, read_metadata

ADA = Submitter("Ada Lovelace", "123", "ada@uni.edu")
TEXT = """---
submission_1:
  :submitters:
  - :name: Ada Lovelace
    :sid: '123'
    :email: ada@uni.edu
  :created_at: 2024-03-01 12:30:00.250000000 Z
  :score: 3.5
  :status: processed
  :results:
    tests:
    - name: one
      output: |
        submission_9:
          :submitters:

        - :sid: '666'
  :history:
  - :id: 4
    :created_at: 2020-01-01 00:00:00 Z
    :submitters:
    - :name: Eve
"""


def records(text: str) -> dict[str, tuple[list[Submitter], bool]]:
    """Who submitted what, and whether all of it was understood."""
    read = read_metadata([text.encode()])
    assert read is not None
    return {name: (record.submitters, record.readable) for name, record in read.items()}


def test_submitters_and_time_are_read_and_the_rest_is_passed_over() -> None:
    """What a student's program printed says nothing of who it is."""
    read = read_metadata([TEXT.encode()])
    assert read is not None
    (record,) = read.values()
    assert (record.submitters, record.readable) == ([ADA], True)
    assert record.created_at == datetime(2024, 3, 1, 12, 30, 0, 250_000, tzinfo=UTC)


@given(st.lists(st.integers(0, len(TEXT)), max_size=6))
def test_it_does_not_matter_how_the_bytes_come(cuts: list[int]) -> None:
    """In pieces of any size."""
    places = [0, *sorted(cuts), len(TEXT)]
    pieces = [TEXT[start:end].encode() for start, end in itertools.pairwise(places)]
    assert read_metadata(pieces) == read_metadata([TEXT.encode()])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("Ada", "Ada"), ("'Ada'", "Ada"), ("'O''Brien'", "O'Brien"), ('"Zo\\u00eb"', "Zoë"), ('"a\\"b"', 'a"b'),
        ("Zoë", "Zoë"), ("''", ""), ("", ""), ("~", ""), ("null", ""), ("O'Brien", "O'Brien"),
    ],
)  # fmt: skip
def test_text_is_read_as_ruby_writes_it(written: str, value: str) -> None:
    """Plain or in quotes."""
    text = f"submission_1:\n  :submitters:\n  - :name: {written}\n    :sid: '7'\n"
    assert records(text) == {"submission_1": ([Submitter(value, "7")], True)}


@pytest.mark.parametrize("indent", ["", "  "])
def test_a_group_has_several_submitters(indent: str) -> None:
    """Lists may be indented or not."""
    lines = ["- :name: A", "  :sid: '1'", "- :name: B", "  :email: b@x.edu"]
    text = "submission_1:\n  :submitters:\n" + "".join(f"  {indent}{line}\n" for line in lines)
    assert records(text) == {"submission_1": ([Submitter("A", "1"), Submitter("B", "", "b@x.edu")], True)}


@pytest.mark.parametrize(
    "line",
    [
        "  - !ruby/object:Evil {}", "  - :sid: !!python/object 7", "  - :sid: *1", "  - :sid: &1 7", "  - :sid: [7]",
        "  - :sid: {a: 7}", "  - :sid: |", "  - :sid: >-", "  - :sid: '7", '  - :sid: "7\\', '  - :sid: "a"b"',
        "  - :sid: a: b", "  - :sid: 7 # no", "  - :sid: 7\n    :sid: 8", "    :sid: 7", "  - 7", "  <<: *1",
        "  :submitters:\n  - :sid: 7", '  - :sid: "\\q"',
    ],
)  # fmt: skip
def test_what_ruby_does_not_write_makes_the_record_unreadable(line: str) -> None:
    """Nothing is made of it; the next submission is read."""
    read = records(f"submission_1:\n  :submitters:\n{line}\nsubmission_2:\n  :submitters:\n  - :sid: '7'\n")
    assert not read["submission_1"][1]
    assert read["submission_2"] == ([Submitter("", "7")], True)


def test_a_submission_that_is_listed_twice_is_unreadable() -> None:
    """Which of the two is right cannot be known."""
    assert not records(TEXT + TEXT.removeprefix("---\n"))["submission_1"][1]


@pytest.mark.parametrize("text", ["hello\n", "!!python/object/apply:os.system ['id']\n", "- a\n", "x: 1\n", "\0\0"])
def test_another_file_is_none(text: str) -> None:
    """Also where it would be YAML."""
    assert read_metadata([text.encode()]) is None


def test_a_line_without_end_takes_no_memory_and_is_nobodys() -> None:
    """A program printed a hundred megabytes without a newline."""
    long = (chunk for chunk in [TEXT.encode()[:-1], *[b"x" * 65536] * 1600, b"\nsubmission_2:\n  :submitters:\n"])
    read = read_metadata(long)
    assert read is not None
    assert list(read) == ["submission_1", "submission_2"]


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-03-01 12:30:00.250000000 Z", 12), ("2024-03-01 12:30:00 UTC", 12), ("2024-03-01T12:30:00Z", 12),
        ("2024-03-01 12:30:00 +02:00", 10), ("2024-03-01 12:30:00.5 -0100", 13), ("2024-03-01 12:30:00", None),
        ("2024-13-01 12:30:00 Z", None), ("yesterday", None), ("", None), ("２024-03-01 12:30:00 Z", None),
        ("0001-01-01 00:00:00 +23:00", None),
    ],
)  # fmt: skip
def test_a_time_is_read_only_with_its_zone(text: str, hour: int | None) -> None:
    """In UTC; without a zone it would be a guess."""
    read = moment(text)
    assert (read.hour if read else None) == hour
    assert read is None or read.tzinfo is UTC


@settings(max_examples=400)
@given(st.lists(st.sampled_from([*TEXT.splitlines(), "", " ", "submission_2:", "  :created_at: x", "\t", "  -", "'"])
                | st.text(max_size=12), max_size=25))  # fmt: skip
def test_no_file_makes_reading_raise(lines: list[str]) -> None:
    """Records or nothing; a readable one has only text."""
    read = read_metadata(["\n".join(lines).encode(errors="surrogatepass")])
    for record in (read or {}).values():
        assert all(isinstance(each, Submitter) for each in record.submitters)


@given(st.binary(max_size=300))
def test_no_bytes_make_reading_raise(content: bytes) -> None:
    """Of whatever encoding."""
    read_metadata([content])
