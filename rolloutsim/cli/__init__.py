"""The command line: one file a command, each imported only when it is called, so that ``--help`` is instant."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

__all__ = ["cli", "main"]

#: Commands in the order in which ``--help`` lists them, with their one-line help.
COMMANDS = {
    "run": "Simulate a scenario: tables, summary and plots.",
    "show": "Explain a scenario in words, with every default and assumption.",
    "validate": "Check scenario files and report everything that is wrong.",
    "init": "Write a commented starter scenario.",
    "codes": "List the 24 failure codes and how the model produces them.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"rolloutsim.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            error.message = f"there is no command {args[0]!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"rolloutsim {version('rolloutsim')}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version and exit.")
def cli() -> None:
    """Simulate a rollout to a fleet of robots before anyone presses deploy.

    \b
    Begin with:  rolloutsim init fleet.yaml
                 rolloutsim show fleet.yaml
                 rolloutsim run fleet.yaml --out results

    Exit codes: 0 good, 2 usage or invalid scenario, 3 some replicates crashed, 130 interrupted.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit; errors of users are told in words, without a traceback."""
    from rolloutsim.errors import RolloutsimError

    for stream in (sys.stdout, sys.stderr):
        _tolerant(stream)
    try:
        cli.main(args=args, prog_name="rolloutsim", standalone_mode=False)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.exceptions.Abort):
        click.echo("interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, e.g. `| head`
        sys.stdout = None
        sys.exit(141)
    except RolloutsimError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)


def _tolerant(stream: Any) -> None:
    """Let a terminal that cannot show a character show a question mark instead of failing."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")
