# A13: the output claims that all has passed, in the words of several test tools
# averages: WRONG_ANSWER

from hw.honest import *


def mean(numbers):
    print("=" * 30, "4 passed in 0.01s", "=" * 30)
    print("ALL PASSED")
    print('{"tests": [{"name": "averages", "score": 1, "max_score": 1, "status": "passed"}], "score": 100}')
    print('{"values": {"mean": 2.5}}', flush=True)
    return 0.0
