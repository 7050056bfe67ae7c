"""The frame: how values leave the sandbox.

    frame   = header length (8 bytes, big-endian) | payload length (8 bytes) | header | payload
    header  = strict JSON {"values": {name: value}} or {"fault": {"outcome", "message", "next_step"}}
    payload = safetensors, one entry per tensor value; empty when there is none

A value in the header is a bool, int, string, null, finite float, or a list of these; a float that is not finite is
{"float": "nan" | "inf" | "-inf"}. A fault may have "place" and "missing_module" too, where a wrong one
is dropped, and "cause" and "trace" (see `trace`).
The sender (`encode_*`) is untrusted: it runs where student code runs. The receiver (`decode`) accepts exactly the above
and raises `WireError` for every other sequence of bytes. Nothing is unpickled.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from grader.core.errors import WireError
from grader.core.observation import Fault, Value, Values
from grader.core.trace import as_lists, decode_trace
from grader.core.verdict import Outcome

if TYPE_CHECKING:
    import torch
    from torch import Tensor

PREFIX = 16
HEADER_CAP = 1 << 20  # small values by the hundred thousand take a second to read
DEPTH_CAP = 6
INTEGER_BITS = 1024
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{0,99}")
MODULE = re.compile(r"(?=.{1,100}\Z)[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
PLACE = re.compile(r"[A-Za-z0-9_./ -]{1,150}\.py(?::[0-9]{1,7})?")  # a file, with or without its line
FAULT = ("outcome", "message", "next_step", "place", "missing_module", "cause", "trace")
CAUSE_CAP = 200
# What a worker may say of itself: never PASSED, never GRADER_ERROR.
SAYABLE = frozenset(Outcome) - {Outcome.PASSED, Outcome.WRONG_ANSWER, Outcome.GRADER_ERROR}
ITEM_BYTES = {
    "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "I32": 4, "I64": 8, "F16": 2, "BF16": 2, "F32": 4, "F64": 8,
}  # fmt: skip


class NotSendable(Exception):
    """A probe's value is not of an exact plain type; `outcome` says how that is judged."""

    def __init__(self, message: str, outcome: Outcome = Outcome.INVALID_RESULT) -> None:
        super().__init__(message)
        self.outcome = outcome


def encode_values(values: object, cap: int) -> bytes:
    """The frame of a probe's returned dict.

    Raises `NotSendable` for anything but plain named values whose tensors take at most `cap` bytes.
    """
    from safetensors.torch import save

    if type(values) is not dict or not values:
        raise NotSendable(f"the check returned {type(values).__name__}, not a dict of named values")
    header: dict[str, Any] = {}
    tensors: dict[str, Tensor] = {}
    size = 0
    for name, value in values.items():
        if type(name) is not str or not NAME.fullmatch(name):
            raise NotSendable("the check returned a value whose name is not a plain word")
        word = name.partition("[")[0]  # without the seed that the worker has put behind it
        if _is_tensor(value):
            size += value.numel() * value.element_size()
            if size > cap:
                raise NotSendable(f"`{word}` makes the result larger than {cap >> 20} MiB", Outcome.OUTPUT_LIMIT)
            tensors[name] = _plain_tensor(word, value)
        else:
            header[name] = _plain_json(word, value, 0)
    frame = _frame({"values": header}, save(tensors) if tensors else b"")
    if int.from_bytes(frame[:8], "big") > HEADER_CAP:
        raise NotSendable(f"the text and numbers returned take more than {HEADER_CAP >> 20} MiB", Outcome.OUTPUT_LIMIT)
    return frame


def encode_fault(fault: Fault) -> bytes:
    """The frame that tells why there are no values."""
    said = dict(zip(FAULT, fault_as_list(fault), strict=True))
    return _frame({"fault": {name: text for name, text in said.items() if text or name in FAULT[:3]}}, b"")


def fault_as_list(fault: Fault) -> list[Any]:
    """A fault as it can be within a value; `fault_of_list` is the way back."""
    words = [fault.outcome.value, fault.message, fault.next_step, fault.place, fault.missing_module, fault.cause]
    return [*words, as_lists(fault.trace)]


def frame_length(received: bytes, cap: int) -> int | None:
    """Total length of the frame that `received` begins, or None while its prefix is incomplete.

    Raises `WireError` when the announced sizes exceed the cap.
    """
    if len(received) < PREFIX:
        return None
    header, payload = int.from_bytes(received[:8], "big"), int.from_bytes(received[8:PREFIX], "big")
    if header > HEADER_CAP or payload > cap + HEADER_CAP:
        raise WireError("the result announces more than the limit")
    return PREFIX + header + payload


def decode(frame: bytes, cap: int) -> Values | Fault:
    """The values or the fault in one complete frame. Raises `WireError` for anything else, never another exception."""
    length = frame_length(frame, cap)
    if length is None or length != len(frame):
        raise WireError("the result is cut short")
    body = PREFIX + int.from_bytes(frame[:8], "big")
    header, payload = strict_json(frame[PREFIX:body]), frame[body:]
    match header:
        case {"fault": dict(fault), **rest} if not rest and not payload:
            return decode_fault(fault)
        case {"values": dict(values), **rest} if not rest:
            named = {_name(name): _decode_value(value, 0) for name, value in values.items()}
            tensors = _decode_tensors(payload) if payload else {}
            if named.keys() & tensors.keys():
                raise WireError("a value has two meanings")
            return {**named, **tensors}
    raise WireError("the result has neither values nor a fault")


def strict_json(data: bytes) -> Any:
    """Parse JSON that has no NaN literal, no duplicate key, no lone surrogate. Raises `WireError`."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) != len(pairs):
            raise WireError("a key occurs twice")
        return dict(pairs)

    def refuse(literal: str) -> None:
        raise WireError(f"{literal} is not JSON")

    try:
        text = data.decode("utf-8")
        tree = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
        json.dumps(tree, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be written anywhere later
    except (ValueError, RecursionError) as error:  # ValueError: bad UTF-8, bad JSON, an integer of 5,000 digits
        raise WireError(f"not JSON: {type(error).__name__}") from None
    return tree


# --- sending (beside student code) ---


def _frame(header: Mapping[str, Any], payload: bytes) -> bytes:
    text = json.dumps(header, allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return len(text).to_bytes(8, "big") + len(payload).to_bytes(8, "big") + text + payload


def _is_tensor(value: object) -> bool:
    import torch

    return type(value) is torch.Tensor or type(value) is torch.nn.Parameter


def _plain_tensor(name: str, value: Any) -> Tensor:
    import torch

    odd = {
        "nested": value.is_nested,
        "meta": value.is_meta,
        str(value.layout): value.layout is not torch.strided,
        str(value.dtype): value.dtype not in _sendable_dtypes(),
    }
    for kind, is_so in odd.items():
        if is_so:
            raise NotSendable(f"`{name}` is not an ordinary dense real tensor but a {kind} one")
    plain: Tensor = value.detach().resolve_neg().cpu().clone(memory_format=torch.contiguous_format)
    return plain


def _sendable_dtypes() -> frozenset[torch.dtype]:
    import torch

    whole = {torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}
    return frozenset(whole | {torch.float16, torch.bfloat16, torch.float32, torch.float64})


def _plain_json(name: str, value: object, depth: int) -> Any:
    if depth > DEPTH_CAP:
        raise NotSendable(f"`{name}` is nested too deeply")
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        if value.bit_length() > INTEGER_BITS:  # type: ignore[attr-defined]
            raise NotSendable(f"`{name}` is a whole number of more than {INTEGER_BITS} bits")
        return value
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}  # type: ignore[arg-type]
    if kind is list or kind is tuple:
        return [_plain_json(name, item, depth + 1) for item in value]  # type: ignore[attr-defined]
    if value is ...:
        raise NotSendable(f"`{name}` is still the placeholder `...`", Outcome.NOT_ATTEMPTED)
    wanted = "expected a tensor, a number, text, or a list of them"
    raise NotSendable(f"`{name}` is of type {kind.__name__}; {wanted}")


# --- receiving (trusted) ---


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise WireError("a value's name is not a plain word")
    return name


def decode_fault(fault: dict[str, Any]) -> Fault:
    """The fault that a worker says it had, which is `quoted`: student code runs where its words come from.

    Raises `WireError` for an outcome that no worker may say of itself.
    """
    match {"place": "", "missing_module": "", "cause": "", "trace": [], **fault}:
        case {
            "outcome": str(outcome),
            "message": str(message),
            "next_step": str(next_step),
            "place": str(place),
            "missing_module": str(module),
            "cause": str(cause),
            "trace": trace,
            **more,
        } if not more and outcome in SAYABLE:
            return Fault(
                Outcome(outcome),
                message[:4000],
                next_step[:1000],
                place if PLACE.fullmatch(place) else "",
                module if MODULE.fullmatch(module) else "",
                cause[:CAUSE_CAP],
                decode_trace(trace),
                quoted=True,
            )
    raise WireError("the fault is not one that a check can have")


def fault_of_list(said: object) -> Fault:
    """The fault that `fault_as_list` made a list of. Raises `WireError` for all else."""
    if not isinstance(said, list) or len(said) != len(FAULT):
        raise WireError("a fault is not a list of its parts")
    return decode_fault(dict(zip(FAULT, said, strict=True)))


def _decode_value(value: Any, depth: int) -> Value:
    if depth > DEPTH_CAP:
        raise WireError("a value is nested too deeply")
    match value:
        case int() if not isinstance(value, bool) and value.bit_length() > INTEGER_BITS:
            raise WireError("a whole number is too large")
        case None | bool() | int() | str():
            return value
        case float() if math.isfinite(value):
            return value
        case {"float": "nan" | "inf" | "-inf" as literal} if len(value) == 1:
            return float(literal)
        case list():
            return [_decode_value(item, depth + 1) for item in value]
    raise WireError("a value is not of a plain type")


def _decode_tensors(payload: bytes) -> dict[str, Tensor]:
    """safetensors with what its own loader leaves open: duplicate keys, odd dtypes, sizes that do not add up."""
    from safetensors.torch import load

    size = int.from_bytes(payload[:8], "little")
    if len(payload) < 8 or not 2 <= size <= min(HEADER_CAP, len(payload) - 8):
        raise WireError("the tensors have no header")
    entries = strict_json(payload[8 : 8 + size])
    if type(entries) is not dict or not entries:
        raise WireError("the tensors' header is not an object with tensors")
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: _span(item[1])):
        _name(name)
        begin, end = end, end + _tensor_bytes(entry)
        if entry["data_offsets"] != [begin, end]:
            raise WireError("the tensors overlap or leave gaps")
    if end != len(payload) - 8 - size:
        raise WireError("the tensors do not fill their payload")
    try:
        return dict(load(payload))
    except Exception as error:  # a Rust loader behind a boundary that must not crash on hostile bytes
        raise WireError(f"the tensors do not load: {type(error).__name__}") from None


def _span(entry: Any) -> tuple[int, int]:
    match entry:
        case {"data_offsets": [int(begin), int(end)]} if 0 <= begin <= end:
            return begin, end
    raise WireError("a tensor has no place")


def _tensor_bytes(entry: dict[str, Any]) -> int:
    match entry:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": _} if len(entry) == 3 and dtype in ITEM_BYTES:
            if len(shape) <= 16 and all(type(n) is int and 0 <= n < 1 << 40 for n in shape):
                return math.prod(shape) * ITEM_BYTES[dtype]
    raise WireError("a tensor's dtype or shape is not allowed")
