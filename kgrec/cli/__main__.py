"""`python -m kgrec.cli` is the command `kgrec`."""

from kgrec.cli import main

main()
