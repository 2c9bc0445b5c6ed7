"""Serve a scenario and use it with other programs, each in an environment of its own: boto3 of the last line of releases that knows
RoboMaker, the newest boto3 and the AWS CLI with our model.

``python .ci/robomaker_clients.py OLD_PYTHON NEW_PYTHON AWS PAGE_PYTHON CHROMIUM``: the interpreters of the two environments, the command
``aws``, and to open the page of the server, an interpreter with playwright and the path of Chromium.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rolloutsim
from rolloutsim.robomaker import write_model

ROOT = Path(__file__).resolve().parents[1]
SCENARIO = ROOT / "scenarios" / "robomaker-100.yaml"
SCRIPT = ROOT / "tests" / "robomaker" / "seed_script.py"
PATIENCE_S = 300


@contextmanager
def server(*options: str) -> Iterator[str]:
    """Serve the scenario; yield the address."""
    command = [sys.executable, "-m", "rolloutsim", "serve", str(SCENARIO), "--registered", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[4].rstrip(",")
        finally:
            process.terminate()


def check_script(python: str, environment: dict[str, str]) -> None:
    """Run the script of the tests; its robots end as in a run."""
    with server("--speed", "3600") as url:
        done = subprocess.run([python, str(SCRIPT), url, "0.1"], env=environment, capture_output=True, text=True, timeout=PATIENCE_S)
        assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    results = rolloutsim.simulate(rolloutsim.load(SCENARIO), replicates=1)
    assert len(set(found["handled"])) == 7, found["handled"]
    assert found["status"] == results.jobs.status[0]
    for (status, code, finished), row in zip(found["robots"], results.robots.itertuples(), strict=True):
        assert (status, code) == (row.status, row.failure_code if isinstance(row.failure_code, str) else None)
        assert abs(finished - row.reported_s) < 2e-3
    print(f"{python}: {len(found['robots'])} robots end as in a run")


def create_job(run: Callable[..., Any]) -> str:
    """Create an application and a deployment job with commands of the AWS CLI."""
    suite = "name=ROS2,version=Foxy"
    source = "s3Bucket=bundles,s3Key=patrol.tar,architecture=X86_64"
    application = run("create-robot-application", "--name", "patrol", "--robot-software-suite", suite, "--sources", source)["arn"]
    version = run("create-robot-application-version", "--application", application)["version"]
    fleet = run("list-fleets")["fleetDetails"][0]["arn"]
    launch = {"packageName": "patrol", "launchFile": "patrol.launch.py"}
    configs = json.dumps([{"application": application, "applicationVersion": version, "launchConfig": launch}])
    return str(run("create-deployment-job", "--fleet", fleet, "--deployment-application-configs", configs)["arn"])


def check_cli(aws: str, environment: dict[str, str], page: tuple[str, str]) -> None:
    """Create, describe, list, cancel and tag with the AWS CLI; then open the page."""
    with server("--manual") as url:

        def run(*arguments: str) -> Any:
            command = [aws, "robomaker", *arguments, "--output", "json"]
            variables = {**environment, "AWS_ENDPOINT_URL_ROBOMAKER": url}
            done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=PATIENCE_S)
            assert done.returncode == 0, (arguments, done.stderr)
            return json.loads(done.stdout) if done.stdout.strip().startswith("{") else done.stdout

        job = create_job(run)
        assert run("describe-deployment-job", "--job", job)["status"] == "InProgress"
        assert len(run("list-robots", "--max-items", "7")["robots"]) == 7
        assert len(run("list-robots", "--page-size", "30")["robots"]) == 100
        run("tag-resource", "--resource-arn", job, "--tags", "team=night")
        assert run("list-tags-for-resource", "--resource-arn", job)["tags"] == {"team": "night"}
        run("untag-resource", "--resource-arn", job, "--tag-keys", "team")
        run("cancel-deployment-job", "--job", job)
        assert run("describe-deployment-job", "--job", job)["status"] == "Canceled"
        assert "create-deployment-job" in run("help").replace("\b", "")
        subprocess.run([page[0], str(ROOT / ".ci" / "robomaker_page.py"), url, page[1]], check=True, timeout=PATIENCE_S)
    print(f"{aws}: creates, describes, lists, tags, cancels and has help")


def main(old: str, new: str, aws: str, page: str, chromium: str) -> None:
    plain = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PYTHON"))}
    with tempfile.TemporaryDirectory() as folder:
        write_model(folder)
        keys = {"AWS_DEFAULT_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_PAGER": ""}
        check_script(old, plain)
        check_script(new, {**plain, "AWS_DATA_PATH": folder})
        check_cli(aws, {**plain, **keys, "AWS_DATA_PATH": folder}, (page, chromium))


if __name__ == "__main__":
    main(*sys.argv[1:])
