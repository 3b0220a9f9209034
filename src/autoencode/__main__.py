"""`python -m autoencode` is the command line."""

from autoencode.cli.main import run

if __name__ == "__main__":
    run()
