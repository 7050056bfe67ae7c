"""What submissions get, as JSON: `outcomes.py ASSIGNMENT FOLDER...`; public checks, without walls."""

import json
import sys
from pathlib import Path

from grader.core.limits import Level
from grader.grading.session import Checks, Session
from grader.submissions.reading import read_submission

if __name__ == "__main__":
    assignment, *folders = map(Path, sys.argv[1:])
    with Session.open(assignment, level=Level.SEPARATE, checks=Checks.PUBLIC) as session:
        for folder in folders:
            report = session.grade(read_submission(folder, session.assignment.manifest, id="student"))
            said = {verdict.name: [verdict.outcome, verdict.message] for verdict in report.verdicts}
            print(json.dumps([folder.name, type(session.sandbox).__name__, said]), flush=True)
