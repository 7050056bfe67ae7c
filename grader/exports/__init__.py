"""Grades on their way back into the teacher's file, and judged files for other programs."""
