# H05: tensors with truth values for lengths, a value that is a tensor and a number, bytes that are neither 0 nor 1
# doubles: INVALID_RESULT, a tensor's dtype or shape is not allowed
# averages: INVALID_RESULT, a value has two meanings
# guesses: WRONG_ANSWER
# splits: WRONG_ANSWER

import json

from hw.honest import *


def tensors(entries, data=b"", length=None):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    send(b'{"values":{}}', (len(header) if length is None else length).to_bytes(8, "little") + header + data)


def f32(shape, begin, end):
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


def double(x):
    tensors({"out": f32([True, 6], 0, 24)}, bytes(24))


def mean(numbers):
    header = json.dumps({"mean": f32([], 0, 4)}).encode()
    send(b'{"values":{"mean":2.5}}', len(header).to_bytes(8, "little") + header + bytes(4))


def scores(images):
    tensors({"scores": {"dtype": "BOOL", "shape": [20, 5], "data_offsets": [0, 100]}}, b"\x02" * 100)


def words(text):
    tensors({"words": f32([1 << 39, 0], 0, 0)})
