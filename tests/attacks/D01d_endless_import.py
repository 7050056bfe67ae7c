# D01: a loop that never ends while the module is imported
# doubles: TIME_LIMIT, hw/mine.py could not be imported
# averages: TIME_LIMIT
# guesses: TIME_LIMIT
# splits: TIME_LIMIT
# slow

while True:
    pass
