"""Grades on their way back: into the file that a teacher downloaded from Canvas or Moodle, or for Gradescope."""
