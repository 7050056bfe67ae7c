#!/usr/bin/env bash
# Gradescope runs this once, as root, when it builds the image. It makes $root/venv with grader in it.
set -euo pipefail
root="${GRADER_AUTOGRADER_ROOT:-/autograder}"
export DEBIAN_FRONTEND=noninteractive

new_enough() { "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

apt-get update
apt-get install -y --no-install-recommends ca-certificates python3 python3-venv bubblewrap
python=python3
if ! new_enough "$python"; then # Ubuntu 22.04 has 3.10 as python3, and 3.11 beside it
    apt-get install -y --no-install-recommends python3.11 python3.11-venv
    python=python3.11
fi

"$python" -m venv "$root/venv"
cd "$root/source/course" # the wheel is named there as a neighbour
"$root/venv/bin/python" -m pip install --no-cache-dir -r requirements.txt
