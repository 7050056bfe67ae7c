"""The wire carries plain values exactly, and no sequence of bytes makes the receiver do anything but refuse."""

import json
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from grader.core.cell_note import decode_note
from grader.core.errors import WireError
from grader.core.observation import Fault
from grader.core.trace import Line
from grader.core.verdict import Outcome
from grader.core.wire import (
    HEADER_CAP,
    PREFIX,
    NotSendable,
    decode,
    encode_fault,
    encode_values,
    fault_as_list,
    fault_of_list,
    frame_length,
    strict_json,
)

CAP = 1 << 20
QUICK = settings(deadline=None, max_examples=60)
MANY = settings(deadline=None, max_examples=250)
DTYPES = [
    torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64,
    torch.float16, torch.bfloat16, torch.float32, torch.float64,
]  # fmt: skip

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,20}", fullmatch=True).filter(lambda name: name != "__metadata__")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**200), 2**200) | st.floats() | TEXT
PLAIN = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4), max_leaves=8)


@st.composite
def tensors(draw: st.DrawFn) -> torch.Tensor:
    """A tensor of any dtype and of any small shape, empty and 0-dim included; floats with NaN and infinities."""
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    dtype = draw(st.sampled_from(DTYPES))
    raw = draw(st.binary(min_size=math.prod(shape) * 8, max_size=math.prod(shape) * 8))
    if not raw:
        return torch.empty(shape, dtype=dtype)
    bits = torch.frombuffer(bytearray(raw), dtype=torch.int64).reshape(shape)
    if dtype is torch.bool:
        return bits % 2 == 0
    if not dtype.is_floating_point:
        return bits.to(dtype)
    return bits.reshape(-1).view(dtype)[: bits.numel()].reshape(shape)  # any bits at all: NaN, infinity, subnormal


def same(first: Any, second: Any) -> bool:
    """Equal in type and bits, NaN equal to NaN."""
    if isinstance(first, torch.Tensor):
        if first.dtype != second.dtype or first.shape != second.shape:
            return False
        return (
            first.contiguous().numpy(force=True).tobytes() == second.numpy(force=True).tobytes()
            if (first.dtype is not torch.bfloat16)
            else torch.equal(first.contiguous().view(torch.int16), second.view(torch.int16))
        )
    if isinstance(first, list):
        return len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and (first == second or (first != first and second != second))


def framed(header: bytes, payload: bytes = b"") -> bytes:
    """A frame with right lengths around any header and payload."""
    return len(header).to_bytes(8, "big") + len(payload).to_bytes(8, "big") + header + payload


def with_tensors(header: bytes | dict[str, Any], body: bytes = b"") -> bytes:
    """A frame whose payload has this safetensors header and body."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return framed(b'{"values":{}}', len(text).to_bytes(8, "little") + text + body)


def entry(dtype: Any = "F32", shape: Any = (1,), offsets: Any = (0, 4)) -> dict[str, Any]:
    """One entry of a safetensors header."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


# --- what goes in comes out ---


@QUICK
@given(st.dictionaries(NAMES, PLAIN | tensors(), min_size=1, max_size=5))
def test_every_plain_value_comes_back_as_it_was(values: dict[str, Any]) -> None:
    """Names, types, dtypes, shapes and bits survive, whatever they are."""
    back = decode(encode_values(values, CAP), CAP)
    assert not isinstance(back, Fault)
    assert back.keys() == values.keys()
    assert all(same(values[name], back[name]) for name in values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 0, 3), (2, 3)])
def test_every_dtype_and_shape_comes_back(dtype: torch.dtype, shape: tuple[int, ...]) -> None:
    """0-dim and empty tensors are not special."""
    sent = torch.arange(math.prod(shape)).reshape(shape).to(dtype)
    back = decode(encode_values({"x": sent}, CAP), CAP)
    assert not isinstance(back, Fault)
    assert same(sent, back["x"])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.0, 5e-324, [math.nan, [math.inf]]])
def test_floats_that_json_does_not_know_come_back(value: Any) -> None:
    """NaN and the infinities travel as words, and negative zero keeps its sign."""
    back = decode(encode_values({"x": value}, CAP), CAP)
    assert not isinstance(back, Fault)
    assert same(value, back["x"])
    assert repr(value) == repr(back["x"])


def test_a_tuple_arrives_as_a_list() -> None:
    """JSON has one kind of sequence."""
    assert decode(encode_values({"x": (1, (2, "a"))}, CAP), CAP) == {"x": [1, [2, "a"]]}


def test_a_parameter_a_view_and_a_tensor_with_history_arrive_as_plain_tensors() -> None:
    """Gradients, strides and shared memory stay behind; the values do not."""
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    sent = {"weight": weight, "turned": weight.t(), "twice": weight * 2, "again": weight}
    back = decode(encode_values(sent, CAP), CAP)
    assert not isinstance(back, Fault)
    for name, value in sent.items():
        got = back[name]
        assert type(got) is torch.Tensor
        assert not got.requires_grad
        assert torch.equal(got, value)


@QUICK
@given(st.sampled_from(sorted(set(Outcome) - {"PASSED", "WRONG_ANSWER", "GRADER_ERROR"})), TEXT, TEXT)
def test_a_fault_comes_back_as_it_was(outcome: str, message: str, next_step: str) -> None:
    """Its words, where, what is missing and which lines ran, as a quotation; alone or within a value."""
    trace = (Line("hw/my cnn.py:12", "<lambda>", "f = g"), Line("cell 3:1", "", "<b>\x1b[2J"))
    for place, module, lines in (("", "", ()), ("hw/my cnn.py:12", "", trace), ("a.py", "sklearn.metrics", trace[:1])):
        fault = Fault(Outcome(outcome), message, next_step, place, module, "KeyError hw/a.py:1" * bool(place), lines)
        back = decode(encode_fault(fault), CAP)
        assert back == fault_of_list(fault_as_list(fault)) == replace(fault, quoted=True)


def test_text_that_is_not_unicode_is_replaced_and_still_arrives() -> None:
    """An exception's text may hold half a surrogate pair, from a file name say: its fault must not be lost."""
    fault = decode(encode_fault(Fault(Outcome.RUNTIME_ERROR, "bad name \udc80.txt")), CAP)
    assert fault == Fault(Outcome.RUNTIME_ERROR, "bad name ?.txt", quoted=True)
    assert decode(encode_values({"x": "\ud800"}, CAP), CAP) == {"x": "?"}


def test_a_fault_that_is_too_long_is_cut() -> None:
    """A message of 400,000 letters does not fill the report."""
    fault = decode(encode_fault(Fault(Outcome.RUNTIME_ERROR, "x" * 400_000, "y" * 400_000)), CAP)
    assert isinstance(fault, Fault)
    assert (len(fault.message), len(fault.next_step)) == (4000, 1000)


# --- what may not be sent ---


class Kin(torch.Tensor):
    """A tensor that can lie about anything."""


class Number(float):
    """A number whose `__eq__` could say yes to everything."""


class Text(str):
    """Text of the same kind."""


class Dict(dict):
    """A dict of the same kind."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.ones(2).as_subclass(Kin),
        lambda: Number(1.0),
        lambda: Text("a"),
        lambda: Dict(a=1),
        lambda: {"a": 1},
        lambda: {1, 2},
        lambda: b"bytes",
        lambda: 1j,
        lambda: object(),
        lambda: torch.float32,
        lambda: torch.ones(1).numpy(),
        lambda: torch.ones(1).numpy()[0],
        lambda: [1, [Number(1.0)]],
        lambda: [torch.ones(1)],
        lambda: torch.eye(2).to_sparse(),
        lambda: torch.eye(2).to_sparse_csr(),
        lambda: torch.ones(2, device="meta"),
        lambda: torch.ones(2, dtype=torch.complex64),
        lambda: torch.ones(2, dtype=torch.uint16),
        lambda: torch.ones(2).to(torch.float8_e4m3fn),
        lambda: 1 << 5000,
        lambda: 10**5000,
    ],
)
def test_what_is_not_plain_is_refused(make: Callable[[], object]) -> None:
    """Subclasses, containers of the wrong kind, odd tensors and absurd numbers are an INVALID_RESULT with the name."""
    with pytest.raises(NotSendable, match="`answer`") as caught:
        encode_values({"answer": make()}, CAP)
    assert caught.value.outcome is Outcome.INVALID_RESULT


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "make",
    [
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        lambda: torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8),
    ],
)
def test_tensors_that_only_look_dense_are_refused(make: Callable[[], object]) -> None:
    """Nested and quantized tensors are of the exact type and call themselves strided."""
    with pytest.raises(NotSendable, match="not an ordinary dense real tensor"):
        encode_values({"answer": make()}, CAP)


@pytest.mark.parametrize(
    "values", [None, [], {}, Dict(a=1), ("a", 1), torch.ones(1), {1: 2}, {"a b": 1}, {Text("a"): 1}]
)
def test_what_is_not_a_dict_of_named_values_is_refused(values: object) -> None:
    """A probe's forgotten return is an INVALID_RESULT too."""
    with pytest.raises(NotSendable, match="the check returned"):
        encode_values(values, CAP)


def test_a_tensor_that_would_take_terabytes_is_refused_before_it_is_copied() -> None:
    """`expand` makes 10^12 elements of one; nothing of that size is ever asked for."""
    begun = time.monotonic()
    with pytest.raises(NotSendable) as caught:
        encode_values({"bomb": torch.zeros(1).expand(10**12)}, CAP)
    assert caught.value.outcome is Outcome.OUTPUT_LIMIT
    assert time.monotonic() - begun < 1


def test_many_tensors_count_together() -> None:
    """The cap is on the whole result: exactly the cap passes, a byte more does not."""
    half = torch.zeros(CAP // 2, dtype=torch.uint8)
    assert decode(encode_values({"a": half, "b": half}, CAP), CAP)
    with pytest.raises(NotSendable, match="larger than 1 MiB"):
        encode_values({"a": half, "b": half, "c": half[:1]}, CAP)


def test_text_that_would_not_be_received_is_not_sent() -> None:
    """The student reads of a limit, not of a broken frame."""
    with pytest.raises(NotSendable, match="more than 1 MiB") as caught:
        encode_values({"x": "a" * HEADER_CAP}, CAP)
    assert caught.value.outcome is Outcome.OUTPUT_LIMIT


def test_a_list_that_holds_itself_is_refused() -> None:
    """And so is what is merely deep."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotSendable, match="nested too deeply"):
        encode_values({"x": endless}, CAP)


# --- what is refused on arrival ---


@MANY
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(junk: bytes) -> None:
    """No other exception, and no value."""
    with pytest.raises(WireError):
        decode(junk, CAP)


@MANY
@given(st.binary(max_size=80), st.binary(max_size=80))
def test_arbitrary_headers_and_payloads_are_refused(header: bytes, payload: bytes) -> None:
    """Right lengths make a frame no better."""
    for frame in (
        framed(header, payload),
        framed(b'{"values":{}}', payload or b"x"),
        with_tensors(header or b"x", payload),
    ):
        with pytest.raises(WireError):
            decode(frame, CAP)


JSON = st.recursive(
    SCALARS | st.sampled_from(["nan", "PASSED", "F32", "I64", "BOOL"]) | st.integers(-1, 9),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["values", "fault", "float", "outcome", "message", "next_step", "a", "b"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=10,
)


def never_anything_else(frame: bytes) -> None:
    """Decoding gives a dict or a fault, or raises WireError, within a second."""
    begun = time.monotonic()
    try:
        result = decode(frame, CAP)
    except WireError:
        result = {}
    assert isinstance(result, dict | Fault)
    if isinstance(result, Fault):
        assert result.outcome not in (Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.GRADER_ERROR)
    assert time.monotonic() - begun < 1


@MANY
@given(JSON)
def test_any_json_is_values_or_a_fault_or_refused(tree: Any) -> None:
    """Whatever the header says."""
    for header in (tree, {"values": tree}, {"fault": tree}):
        never_anything_else(framed(json.dumps(header).encode()))


@MANY
@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "__metadata__"]),
        st.fixed_dictionaries(
            {
                "dtype": st.sampled_from(["F32", "BF16", "BOOL", "U8", "F8_E4M3", "C64", "U16", ""]),
                "shape": st.lists(st.sampled_from([0, 1, 2, 3, 1 << 39, 1 << 62, -1, True, 1.0, None]), max_size=18),
                "data_offsets": st.lists(st.sampled_from([0, 1, 4, 8, 1 << 63, -1, True, 0.0]), max_size=3),
            }
        )
        | JSON,
        max_size=2,
    ),
    st.binary(max_size=16),
)
def test_any_tensor_header_is_tensors_or_refused(header: dict[str, Any], body: bytes) -> None:
    """Sizes whose product overflows, dtypes that we do not send, places outside the payload."""
    never_anything_else(with_tensors(header, body))


GOOD = encode_values(
    {
        "a": torch.arange(5),
        "b": torch.ones(2, 2, dtype=torch.bfloat16),
        "c": torch.ones(()),
        "d": [1, 2.5, "x"],
        "e": None,
    },
    CAP,
)


HOSTILE = st.text(max_size=200) | st.sampled_from(
    [
        "hw/a.py:1", "hw/a.py:1\n", "hw/a.py:", "hw/a.py:12345678", "hw/é.py", "`rm`.py", "a" * 200 + ".py", "cell 3:1",
        "", "cell 3", "cell 3:1\n", "hw/a b.py:7", "a.b", "a..b",
        "a.", ".a", "a b", "a\n", "1a", "naïve", "a" * 101, "a." * 50, "\x1b[31m", "a.b\u202e",
    ]
)  # fmt: skip


@MANY
@given(HOSTILE, HOSTILE)
def test_a_place_and_a_module_are_nothing_but_that(place: str, module: str) -> None:
    """Whatever else a worker says there is dropped; it can be no sentence, and the fault still counts."""
    fault = fault_of_list(["RUNTIME_ERROR", "m", "n", place, module, "", []])
    assert fault.place in ("", place) and fault.missing_module in ("", module)
    assert (fault.outcome, fault.message, fault.next_step) == (Outcome.RUNTIME_ERROR, "m", "n")
    if fault.place:
        file, _, line = place.partition(":")
        assert place.isascii() and place.isprintable() and file.endswith(".py") and line.isdecimal() == (":" in place)
    if fault.missing_module:
        assert len(module) <= 100 and module.isascii() and all(map(str.isidentifier, module.split(".")))


@MANY
@given(HOSTILE, st.text(max_size=200), st.text(max_size=200), st.integers(1, 10))
def test_a_line_of_the_students_is_a_place_with_short_texts_or_refused(
    place: str, function: str, text: str, many: int
) -> None:
    """However many are said: a place that names a file or a cell, and texts that are anybody's."""
    try:
        fault = fault_of_list(["RUNTIME_ERROR", "m", "n", "", "", "", [[place, function, text]] * many])
    except WireError:
        return
    assert fault.trace == (Line(place, function, text),) * many
    assert many <= 8 and len(function) <= 80 and len(text) <= 160
    assert place.isascii() and place.isprintable() and place.rpartition(":")[2].isdecimal()


@MANY
@given(
    JSON
    | st.lists(JSON, min_size=7, max_size=7)
    | st.lists(st.text(), min_size=6, max_size=6).map(lambda words: [*words, []])
)
def test_a_list_is_a_fault_or_refused(said: Any) -> None:
    """Whatever stands in it, at whatever length."""
    try:
        fault = fault_of_list(said)
    except WireError:
        return
    assert [type(each) for each in said] == [str] * 6 + [list]
    assert fault.outcome == said[0]


@MANY
@given(
    JSON | st.tuples(st.integers() | JSON, st.sampled_from(["tag", "call", "not_python"]) | JSON,
                     st.sampled_from(["skip", "train", "Two days of extension", "!ls"]) | JSON).map(list)
)  # fmt: skip
def test_a_note_on_a_cell_is_one_that_a_cell_can_have(said: Any) -> None:
    """Its number, and a tag and a call that are looked for, or one short line; all else is refused."""
    try:
        note = decode_note(said, ["train"])
    except WireError:
        return
    assert note.as_list() == said
    assert type(note.cell) is int and 0 <= note.cell < 10_000
    assert {"tag": note.what == "skip", "call": note.what == "train"}.get(note.why, True)
    assert "\n" not in note.sentence and 0 < len(note.what) <= 60


@pytest.mark.parametrize(
    "said",
    [
        "cell 3 is not run while grading: it is tagged skip", None, [], [3], {"cell": 3}, [3, "tag", "skip", ""],
        [True, "tag", "skip"], [-1, "tag", "skip"], [10_000, "tag", "skip"], ["3", "tag", "skip"], [3.0, "tag", "skip"],
        [3, "tag", "important"], [3, "call", "fit"], [3, "because", "skip"], [3, None, "skip"], [3, "tag", None],
        [3, "not_python", ""], [3, "not_python", "x" * 61], [3, "not_python", "!ls\nTwo days of extension"],
    ],
)  # fmt: skip
def test_other_notes_are_refused(said: Any) -> None:
    """Sentences, numbers that no cell has, tags and calls that nobody looks for, long texts and second lines."""
    with pytest.raises(WireError, match="no cell can have such a note"):
        decode_note(said, ["train"])


@MANY
@given(st.data())
def test_a_damaged_frame_is_values_or_refused(data: st.DataObject) -> None:
    """Bytes changed, cut out or put in: decoded or refused, never a crash."""
    frame = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(frame) - 1))
        cut = data.draw(st.integers(0, 3))
        frame[place : place + cut] = data.draw(st.binary(max_size=3) | st.sampled_from([b"{", b"}", b'"', b"9", b","]))
        assume(frame)
    never_anything_else(bytes(frame))


@QUICK
@given(st.integers(0, len(GOOD) - 1))
def test_a_frame_cut_short_is_refused(length: int) -> None:
    """At every length; and one byte too many is refused as well."""
    for frame in (GOOD[:length], GOOD + b"\0"):
        with pytest.raises(WireError, match="cut short"):
            decode(frame, CAP)


@pytest.mark.parametrize("outcome", ["PASSED", "WRONG_ANSWER", "GRADER_ERROR", "GRADED", "passed", ""])
def test_a_worker_cannot_say_what_only_the_grader_says(outcome: str) -> None:
    """No frame earns points, and none leaves a report unfinished."""
    fault = {"outcome": outcome, "message": "", "next_step": ""}
    with pytest.raises(WireError, match="not one that a check can have"):
        decode(framed(json.dumps({"fault": fault}).encode()), CAP)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"values":[]}',
        b'{"values":{},"fault":{}}',
        b'{"values":{},"points":3}',
        b'{"values":{"a":1,"a":2}}',
        b'{"values":{"a":1},"values":{"a":2}}',
        b'{"values":{"a":NaN}}',
        b'{"values":{"a":Infinity}}',
        b'{"values":{"a":-Infinity}}',
        b'{"values":{"a":1e999}}',
        b'{"values":{"a":[-1e999]}}',
        b'{"values":{"a":' + b"9" * 5000 + b"}}",
        b'{"values":{"a":"\\ud800"}}',
        b'{"values":{"\\udfff":1}}',
        b'{"values":{"a":"\xff"}}',
        b'{"values":{"a":{"float":"1.0"}}}',
        b'{"values":{"a":{"float":"nan","b":1}}}',
        b'{"values":{"a":{"float":1}}}',
        b'{"values":{"a":{}}}',
        b'{"values":{"":1}}',
        b'{"values":{"a b":1}}',
        b'{"values":{"a\\n":1}}',
        b'{"values":{"' + b"a" * 101 + b'":1}}',
        b'{"values":{"a":' + b"[" * 8 + b"]" * 8 + b"}}",
        b'{"values":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"values":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b'{"fault":{"outcome":"TIME_LIMIT","message":"m"}}',
        b'{"fault":{"outcome":"TIME_LIMIT","message":"m","next_step":"n","points":1}}',
        b'{"fault":{"outcome":"TIME_LIMIT","message":1,"next_step":"n"}}',
        b'{"fault":{"outcome":"TIME_LIMIT","message":"m","next_step":"n","place":1}}',
        b'{"fault":{"outcome":"TIME_LIMIT","message":"m","next_step":"n","missing_module":null}}',
        b'{"fault":{"outcome":["TIME_LIMIT"],"message":"m","next_step":"n"}}',
        b'\xef\xbb\xbf{"values":{}}',
    ],
)
def test_headers_that_are_not_strict_are_refused(header: bytes) -> None:
    """Duplicate keys, words that JSON lacks, numbers out of range, halves of characters, bombs, unknown fields."""
    with pytest.raises(WireError):
        decode(framed(header), CAP)


def test_a_fault_with_a_payload_is_refused() -> None:
    """A frame says one thing."""
    fault = encode_fault(Fault(Outcome.TIME_LIMIT, "m"))[PREFIX:]
    assert decode(framed(fault), CAP) == Fault(Outcome.TIME_LIMIT, "m", quoted=True)
    with pytest.raises(WireError, match="neither values nor a fault"):
        decode(framed(fault, b"x"), CAP)


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (
            b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
            b"x",
        ),
        (b'{"a":{"dtype":"U8","shape":[1],"shape":[1],"data_offsets":[0,1]}}', b"x"),
        ({"a": entry(offsets=[4, 8])}, b"x" * 8),  # a gap at the front
        ({"a": entry(), "b": entry(offsets=[5, 9])}, b"x" * 9),  # a gap between
        ({"a": entry(), "b": entry(offsets=[3, 7])}, b"x" * 7),  # an overlap
        ({"a": entry(), "b": entry()}, b"x" * 4),  # the same place twice
        ({"a": entry()}, b"x" * 5),  # a rest that nothing explains
        ({"a": entry()}, b"x" * 3),  # too little
        ({"a": entry(shape=[2])}, b"x" * 4),  # shape and place disagree
        ({"a": entry(offsets=[4, 0])}, b"x" * 4),
        ({"a": entry(offsets=[-4, 0])}, b""),
        ({"a": entry(offsets=[0.0, 4.0])}, b"x" * 4),
        ({"a": entry(shape=[-1], offsets=[0, 4])}, b"x" * 4),
        ({"a": entry(shape=[True], offsets=[0, 4])}, b"x" * 4),
        ({"a": entry(shape=[1 << 41], offsets=[0, 4])}, b"x" * 4),
        ({"a": entry(shape=[1] * 17)}, b"x" * 4),
        ({"a": entry(dtype="F8_E4M3", shape=[4])}, b"x" * 4),
        ({"a": entry(dtype="C64", shape=[1], offsets=[0, 8])}, b"x" * 8),
        ({"a": entry(shape=[0, 1 << 39, 1 << 39, 1 << 39], offsets=[0, 0])}, b""),
        ({"a": {**entry(), "more": 1}}, b"x" * 4),
        ({"a b": entry()}, b"x" * 4),
        ({"__metadata__": {"a": "b"}}, b""),
        ({"a": None}, b""),
        (b"[]", b""),
        (b"[" * 100_000 + b"]" * 100_000, b""),
    ],
)
def test_tensors_that_do_not_add_up_are_refused(header: Any, body: bytes) -> None:
    """The loader of safetensors lets some of these pass; the wire does not."""
    with pytest.raises(WireError):
        decode(with_tensors(header, body), CAP)


def test_a_name_may_not_be_a_tensor_and_a_number_at_once() -> None:
    """One name, one value."""
    payload = with_tensors({"a": entry()}, b"\0" * 4)[PREFIX + len(b'{"values":{}}') :]
    assert decode(framed(b'{"values":{"b":1}}', payload), CAP) == {"a": torch.zeros(1), "b": 1}
    with pytest.raises(WireError, match="two meanings"):
        decode(framed(b'{"values":{"a":1}}', payload), CAP)


@pytest.mark.parametrize("size", [0, 1, 8, 1 << 32, (1 << 64) - 1])
def test_a_tensor_header_of_a_false_length_is_refused(size: int) -> None:
    """The announced length decides about no allocation."""
    with pytest.raises(WireError, match="have no header"):
        decode(framed(b'{"values":{}}', size.to_bytes(8, "little") + b"{}"), CAP)


@pytest.mark.parametrize(("header", "payload"), [(HEADER_CAP + 1, 0), (0, CAP + HEADER_CAP + 1), ((1 << 64) - 1, 0)])
def test_announced_sizes_over_the_cap_are_refused_at_the_prefix(header: int, payload: int) -> None:
    """Before anything of that size is waited for."""
    prefix = header.to_bytes(8, "big") + payload.to_bytes(8, "big")
    with pytest.raises(WireError, match="more than the limit"):
        frame_length(prefix, CAP)
    with pytest.raises(WireError, match="more than the limit"):
        decode(prefix, CAP)


@QUICK
@given(st.integers(0, PREFIX - 1), st.integers(0, 1000), st.integers(0, 1000))
def test_the_length_of_a_frame_is_known_from_its_prefix_on(short: int, header: int, payload: int) -> None:
    """And not before."""
    prefix = header.to_bytes(8, "big") + payload.to_bytes(8, "big")
    assert frame_length(prefix[:short], CAP) is None
    assert frame_length(prefix, CAP) == frame_length(prefix + b"more", CAP) == PREFIX + header + payload


@QUICK
@given(st.recursive(SCALARS.filter(lambda value: value == value and value not in (math.inf, -math.inf)), st.lists))
def test_strict_json_reads_what_json_writes(tree: Any) -> None:
    """Being strict costs no valid document."""
    assert strict_json(json.dumps(tree).encode()) == tree


@pytest.mark.parametrize("literal", [b"NaN", b"[Infinity]", b'{"a":-Infinity}'])
def test_strict_json_knows_no_nan_and_no_infinity(literal: bytes) -> None:
    """Python's own parser takes them."""
    with pytest.raises(WireError, match="is not JSON"):
        strict_json(literal)


@pytest.mark.parametrize("offsets", [[4, 8], [1, 5]])
def test_the_wire_itself_finds_gaps(offsets: list[int]) -> None:
    """It does not rely on the loader, whose rules change from version to version."""
    with pytest.raises(WireError, match="overlap or leave gaps"):
        decode(with_tensors({"a": entry(offsets=offsets)}, b"x" * offsets[1]), CAP)
