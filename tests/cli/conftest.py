"""The command line, run in this process."""

import pytest

from kgrec.cli import main


@pytest.fixture
def run(capsys):
    """Run a command line in this process: its exit code, standard output and standard error."""

    def call(*words):
        with pytest.raises(SystemExit) as stopped:
            main([str(word) for word in words])
        shown = capsys.readouterr()
        return stopped.value.code or 0, shown.out, shown.err

    return call
