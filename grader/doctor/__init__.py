"""What this machine really blocks, found out by trying."""
