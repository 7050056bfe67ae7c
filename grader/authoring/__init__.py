"""What tells the people who write an assignment how much its checks catch."""
