# H04: tensors with a header of 2^63 bytes, a size that overflows, data that overlap, and data with a gap
# doubles: INVALID_RESULT, the tensors have no header
# averages: INVALID_RESULT, a tensor's dtype or shape is not allowed
# guesses: INVALID_RESULT, the tensors overlap or leave gaps
# splits: INVALID_RESULT, the tensors overlap or leave gaps

import json

from hw.honest import *


def tensors(entries, data=b"", length=None):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    send(b'{"values":{}}', (len(header) if length is None else length).to_bytes(8, "little") + header + data)


def f32(shape, begin, end):
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


def double(x):
    tensors({"out": f32([2, 3], 0, 24)}, bytes(24), length=1 << 63)


def mean(numbers):
    tensors({"mean": f32([1 << 63, 2], 0, 0)})


def scores(images):
    tensors({"scores": f32([20, 5], 0, 400), "others": f32([20, 5], 0, 400)}, bytes(400))


def words(text):
    tensors({"words": f32([1], 8, 12)}, bytes(12))
