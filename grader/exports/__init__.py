"""Grades on their way back into the teacher's file."""
