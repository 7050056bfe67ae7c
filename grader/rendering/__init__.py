"""Text and pictures of students made safe to show: the only room that cleans HTML."""
