"""`python -m grader`, where the command is not on the path."""

from grader.cli.app import main

if __name__ == "__main__":
    main()
