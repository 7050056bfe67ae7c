# H04: tensors whose header is deep, is no object, does not fill the payload, or names a type that does not exist
# doubles: INVALID_RESULT, not JSON: RecursionError
# averages: INVALID_RESULT, the tensors' header is not an object
# guesses: INVALID_RESULT, the tensors do not fill their payload
# splits: INVALID_RESULT, a tensor's dtype or shape is not allowed

import json

from hw.honest import *


def tensors(entries, data=b"", length=None):
    header = entries if isinstance(entries, bytes) else json.dumps(entries).encode()
    send(b'{"values":{}}', (len(header) if length is None else length).to_bytes(8, "little") + header + data)


def f32(shape, begin, end):
    return {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}


def double(x):
    tensors(b'{"out":' + b"[" * 200_000 + b"]" * 200_000 + b"}")


def mean(numbers):
    tensors([])


def scores(images):
    tensors({"scores": f32([20, 5], 0, 400)}, bytes(500))


def words(text):
    tensors({"words": {"dtype": "F128", "shape": [1], "data_offsets": [0, 16]}}, bytes(16))
