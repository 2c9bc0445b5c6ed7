"""``python -m rolloutsim``."""

from rolloutsim.cli import main

if __name__ == "__main__":
    main()
