"""The same checks of `cnn` on the same submissions, by grader and by what other courses use: `make bench-peers`."""
