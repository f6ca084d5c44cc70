"""The command `kgrec`: one module a command, imported when it is called, so that `--help` is fast."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from kgrec import __version__
from kgrec.errors import KgrecError

COMMANDS = {
    "demo": "Build, train and serve the bundled demo shop.",
    "init": "Make a workspace from a shop's data.",
    "check": "Say what was read, what was dropped, and what the graph's shapes find.",
    "audit": "List items that too many doubtful accounts chose.",
    "build": "Turn a workspace's tables into its knowledge graph.",
    "train": "Train a model on the graph.",
    "refresh": "Build from all that was told since, and move or train the model; once or on a schedule.",
    "evaluate": "Measure a model under a protocol.",
    "compare": "Measure models side by side, with intervals and tests.",
    "tune": "Search a model's settings on the validation part.",
    "recommend": "Recommend items to a user.",
    "explain": "Say why an item has its score for a user.",
    "why-not": "Say by how much an item misses a user's list, and why.",
    "what-if": "Say what a user's list would be if they or the items were different.",
    "takes": "Say what it would take to get an item out of a user's list, or into it.",
    "rules": "List, check and preview the rules of the shop's experts.",
    "steer": "Keep what a user asks of their recommendations, or undo it.",
    "query": "Ask the graph in SPARQL.",
    "stats": "Count the graph: kinds, relations, degrees, components.",
    "export": "Write the graph to a file for other programs.",
    "import-graph": "Merge corrections of the graph by source, or take them out.",
    "send": "Send the graph to the SPARQL server that kgrec.toml names.",
    "rollback": "Go back to an earlier graph and the model that fits it.",
    "serve": "Serve pages and API.",
    "events": "Count, check and export what programs told of users.",
    "outcomes": "Say what came of what was recommended, per model, arm or kind of explanation.",
    "consent": "Say or keep what a user allows.",
    "facts": "Say what is known of a user and used; hide some of it.",
    "forget": "Forget a user for good, with a receipt.",
    "key": "Make, list and revoke keys of programs that ask the API.",
    "bench": "Measure how fast a shop answers.",
    "doctor": "Say which versions and optional parts are here, or whether a shop is fit to be served.",
}
"""Every command with its line of help; each lives in the module of its name."""


class _Commands(click.Group):
    """Finds commands by name without importing the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"kgrec.cli.{cmd_name.replace('-', '_')}").command
        command.help = command.help or COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kgrec")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def root(context: click.Context, debug: bool) -> None:
    """Product recommendations from a knowledge graph, where the reasons are the score.

    A mistake of yours ends with one line and exit code 2, a failure of ours with 1.
    """
    context.obj = debug


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; exits with 0, 1 or 2."""
    given = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in given
    # --debug may stand anywhere; click would accept it before the command only.
    given = [word for word in given if word != "--debug"]
    try:
        sys.exit(root.main(args=given, prog_name="kgrec", standalone_mode=False) or 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as mistake:
        click.echo(f"kgrec: {mistake.format_message()}", err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("kgrec: stopped", err=True)
        sys.exit(130)
    except KgrecError as mistake:
        if debug:
            raise
        click.echo(f"kgrec: {mistake}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as failure:
        if debug:
            raise
        text = " ".join(str(failure).split()) or "no message"
        click.echo(f"kgrec: internal error: {type(failure).__name__}: {text}; run with --debug", err=True)
        sys.exit(1)
