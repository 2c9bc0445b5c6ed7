"""The command line: one file per command, each imported only when it is called, so that ``--help`` is instant."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from importlib import import_module
from io import StringIO
from typing import IO, Any

import click

from rolloutsim.cli.output import echo
from rolloutsim.cli.streams import OutputError, prepare_streams
from rolloutsim.errors import RolloutsimError, ScenarioError, SimulationError, remedy
from rolloutsim.printing import visible

#: Commands in the order in which ``--help`` lists them, with their one-line help.
COMMANDS = {
    "run": "Simulate a scenario: tables, summary and plots.",
    "animate": "Draw one rollout as a moving picture.",
    "report": "Write one HTML file of results, to send and to print.",
    "check": "Evaluate the checks of scenarios: pass, fail or undecided.",
    "compare": "Compare scenarios with the same random numbers, or with a saved result.",
    "sweep": "Simulate every setting of levers, with samples of uncertainties.",
    "combine": "Merge the folders of sweeps, e.g. of parallel jobs.",
    "plan": "Find the best setting of levers under constraints.",
    "sensitivity": "Find out which uncertainties move a metric.",
    "verify": "Run both engines and compare every column of every table.",
    "show": "Explain a scenario in words, with every default and assumption.",
    "validate": "Check scenario files and report every mistake.",
    "init": "Write a commented starter scenario, or copy an example.",
    "examples": "List the example scenarios.",
    "systems": "List the systems whose configurations can be pasted.",
    "codes": "List the 24 failure codes and how the model produces them.",
    "metrics": "List the metrics of a rollout.",
    "explain": "Explain a metric, a line of a summary, a failure code, a phase, a key or a column.",
    "serve": "Serve RoboMaker's API over a scenario, in simulated time.",
    "robomaker": "Write the model of RoboMaker's API for boto3 and the AWS CLI.",
    "schema": "Print the JSON Schema of scenario files, for editors.",
}

INTERRUPTED = 130

#: Parts of the messages of the system, and of the loader of libraries, when there is no memory.
_NO_MEMORY = (os.strerror(errno.ENOMEM), "failed to map segment", "cannot allocate memory")

#: The exit code of a fault of the program itself: EX_SOFTWARE of sysexits.h, because 1 means that a check failed.
FAULT = 70


class PlainError(click.ClickException):
    """An error that is printed as it is, without click's prefix."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        vars(self)["exit_code"] = exit_code

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(visible(self.message), file=file, err=file is None)


class Commands(click.Group):
    """A group that imports a command's module when the command is called, and turns its errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"rolloutsim.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1, cutoff=0.7)  # simulate is not animate
            ctx.fail(f"there is no command {args[0]!r}; " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(COMMANDS)}"))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        try:
            try:
                return super().invoke(ctx)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except ScenarioError as error:
            from rolloutsim.cli.excerpts import explained

            raise PlainError(explained(error), error.exit_code) from error
        except RolloutsimError as error:
            raise PlainError(str(error), error.exit_code) from error
        except KeyboardInterrupt:
            raise PlainError("interrupted; nothing was saved", INTERRUPTED) from None
        except OutputError as error:
            raise PlainError(f"the output cannot be written ({error.strerror}): {remedy(error)}", 2) from error
        except ImportError as error:
            if (error.name or "").startswith("rolloutsim"):
                raise
            again = f"a library cannot be loaded ({error}): install rolloutsim again in a new environment"
            raise _out_of_memory(error) or PlainError(again, 2) from error
        except OSError as error:
            what = error.filename or "a file"
            refused = f"the system refuses {what} ({error.strerror or error}): {remedy(error)}"
            raise _out_of_memory(error) or PlainError(refused, 2) from error
        except MemoryError as error:
            raise _out_of_memory(error) or error from error
        except RuntimeError as error:
            if "can't start new thread" not in str(error):
                raise
            raise PlainError(
                "the system allows no more threads: add --executor 1, or raise the limit of processes (ulimit -u)", 2
            ) from error


def _out_of_memory(error: BaseException) -> PlainError | None:
    """Return the error for too little memory if that is what caused this one, as when a library could not be loaded; otherwise None."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, MemoryError) or any(words in str(cause) for words in _NO_MEMORY):
            from rolloutsim.study.execution.chunk import OUT_OF_MEMORY

            return PlainError(f"{OUT_OF_MEMORY} ({str(cause) or 'no details'})", SimulationError.exit_code)
        cause = cause.__cause__ or cause.__context__
    return None


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from rolloutsim.study.provenance import package_version

        echo(f"rolloutsim {package_version()}")
        ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Print the version and exit.")
def cli() -> None:
    """Simulate a rollout to a fleet of robots before anyone presses deploy.

    \b
    Begin with:  rolloutsim init fleet.yaml
                 rolloutsim show fleet.yaml
                 rolloutsim run fleet.yaml --out results

    Exit codes: 0 good, 1 a check failed, 2 usage or invalid scenario, 3 some replicates are missing, 4 undecided,
    130 interrupted, 70 a fault of the program.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit; errors of users are printed without a traceback, those of the program with one."""
    prepare_streams()
    # Nothing here needs the threads of OpenBLAS; where there is no memory for them it sends this process an interrupt, or waits for ever.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        # Not standalone: on its own, click ends with 1 when it is interrupted before a command begins, and so does Python on a fault.
        code = cli.main(args=args, prog_name="rolloutsim", standalone_mode=False)
    except click.ClickException as error:
        shown = StringIO()
        error.show(file=shown)
        echo(shown.getvalue(), err=True, nl=False)
        code = error.exit_code
    except click.Abort as abort:
        # click takes the end of a file for an interruption.
        code = _fault() if isinstance(abort.__cause__, EOFError) else INTERRUPTED
    except Exception:
        code = _fault()
    sys.exit(code or 0)


def _fault() -> int:
    """Ask for a report of the exception that is being handled."""
    echo("this is a fault of the program: please report it, with the command, its files and what follows\n", err=True)
    echo(traceback.format_exc(), err=True)
    return FAULT
