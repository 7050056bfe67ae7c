"""What is kept of a class: reports, judged files, lateness, points by hand, the gradebook, and history."""
