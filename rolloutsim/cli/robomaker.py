"""``rolloutsim robomaker``."""

from __future__ import annotations

from pathlib import Path

import click

from rolloutsim.cli.output import echo
from rolloutsim.cli.types import PathOption


@click.group()
def robomaker() -> None:
    """Use RoboMaker's API with tools of today."""


@robomaker.command()
@click.argument("folder", metavar="DIR", type=PathOption())
def model(folder: Path) -> None:
    """Write the model of RoboMaker's API, from which botocore makes a client: boto3 and the AWS CLI no longer have it.

    \b
    Then scripts and commands run with these variables:
      export AWS_DATA_PATH=DIR
      export AWS_ENDPOINT_URL_ROBOMAKER=http://127.0.0.1:PORT
      export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    """
    from rolloutsim.robomaker import write_model

    for path in write_model(folder):
        echo(str(path))
