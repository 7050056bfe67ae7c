"""What authors of checks write with, loaded on both sides of the glass."""
