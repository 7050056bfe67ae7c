# A14: messages of one's own while the module is imported: that the grader failed, and that this module passed
# doubles: INVALID_RESULT, the result lacks `out`
# averages: INVALID_RESULT, the result lacks `mean`
# guesses: INVALID_RESULT, the result lacks `scores`
# splits: INVALID_RESULT, the result lacks `words`

import json

from hw.honest import *

send(json.dumps({"values": {"hw.mine": ["GRADER_ERROR", "it was not me", ""], "hw.honest": ["PASSED", "", ""]}}).encode())
