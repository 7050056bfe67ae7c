"""What leaves the course: an assignment as students get it, searched for secrets and tried before it is written."""
