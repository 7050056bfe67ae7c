# D21: source in no encoding at all
# doubles: RUNTIME_ERROR, mine.py
# averages: RUNTIME_ERROR
# guesses: RUNTIME_ERROR
# splits: RUNTIME_ERROR

x = "ÿþ€"
