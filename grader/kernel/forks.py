"""Whether students' code runs in forks of one warm process, or each group of cases in a fresh process of its own."""

import os
import sys

# macOS has `fork`, but its own libraries do not survive it.
FORKS = sys.platform == "linux" and hasattr(os, "fork")
