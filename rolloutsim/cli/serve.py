"""``rolloutsim serve``."""

from __future__ import annotations

from pathlib import Path

import click

from rolloutsim.cli.completion import ScenarioText
from rolloutsim.cli.options import set_option
from rolloutsim.cli.output import echo
from rolloutsim.cli.types import Count, PathOption
from rolloutsim.errors import UsageError


@click.command()
@click.argument("file", metavar="SCENARIO", type=ScenarioText())
@click.option("--port", type=Count(0, 65535), default=0, help="Port on loopback. [default: one that is free]")
@click.option("--speed", type=click.FloatRange(0, 1e6, min_open=True), help="Simulated seconds per real second. [default: 60]")
@click.option("--manual", is_flag=True, help="Let simulated time stand still, except for POST /-/clock and the page.")
@click.option("--store", type=PathOption(), metavar="FILE", help="Keep what is asked for in this file; a restart goes on from it.")
@click.option("--registered", is_flag=True, help="Begin with the scenario's robots, registered with one fleet (at most 1,000).")
@click.option("--public", metavar="NAME", help="Listen on all addresses, and answer requests for this host name, too.")
@click.option("--engine", type=click.Choice(["auto", "simpy", "compiled"]), default="auto", help="The same numbers. [default: auto]")
@click.option(
    "--seed", type=Count(0, 2**64 - 1), help="Seed of all draws; the k-th job is replicate k - 1. [default: the scenario's, or 1]"
)
@set_option
def serve(
    file: str,
    port: int,
    speed: float | None,
    manual: bool,
    store: Path | None,
    registered: bool,
    public: str | None,
    engine: str,
    seed: int | None,
    assignments: tuple[str, ...],
) -> None:
    """Serve RoboMaker's API over a scenario, in simulated time, for boto3 and the AWS CLI.

    A script's own sleeps and the retries of botocore pass at the speed of the clock. Signatures are accepted without a check.
    """
    from rolloutsim.cli.scenarios import load_scenario

    if manual and speed is not None:
        raise UsageError("--manual and --speed exclude each other: a clock that stands still has no speed")
    try:
        import starlette
        import uvicorn
    except ImportError as error:
        raise UsageError(f"serve needs {error.name}: install rolloutsim[serve]") from None
    del starlette, uvicorn
    from rolloutsim.robomaker.control import pace_in_words
    from rolloutsim.robomaker.entry import Entry
    from rolloutsim.robomaker.server import Server, listen
    from rolloutsim.robomaker.server_clock import Pace, ServerClock
    from rolloutsim.robomaker.service import Service

    scenario = load_scenario(file, assignments)
    chosen = next(each for each in (seed, scenario.seed, 1) if each is not None)
    service = Service(scenario, chosen, engine=engine, store=store, registered=registered)
    pace = Pace(**(service.state.pace or {}))
    wanted = pace._replace(speed=speed, paused=False) if speed is not None else pace._replace(paused=manual or pace.paused)
    clock = ServerClock(service.log, wanted)
    if wanted != pace or service.state.pace is None:
        service.change(Entry(clock.now(), "-clock", wanted._asdict(), {}))

    def started(address: str) -> None:
        url = f"http://{address}"
        echo(f"RoboMaker's API is at {url}, its page at {url}/-/ (seed {chosen}, {pace_in_words(clock.pace)}; Ctrl-C ends it)")
        if public:
            echo(f"note: it answers every request for {public}, whoever signs it", err=True)

    try:
        with listen(port, public) as listening:
            Server(service, clock, public).run(listening, started)
    except KeyboardInterrupt:  # which uvicorn passes on when it has closed all connections
        pass
    finally:
        service.close()
