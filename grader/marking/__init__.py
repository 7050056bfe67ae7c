"""Written answers marked by rubric in the browser: what there is to mark, and the page, for this machine alone."""
