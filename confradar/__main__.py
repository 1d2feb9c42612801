"""``python -m confradar`` is the command line."""

from confradar.cli import main

main()
