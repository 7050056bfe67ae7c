"""What the people who write an assignment begin with, and what tells them how much its checks catch."""
