"""Measure RoboMaker's API on the server's side: ``python benchmarks/robomaker.py [--json] [--quick]`` from the checkout.

Requests are answered by `rolloutsim.robomaker.server.Server`, from the bytes of a request to those of its response; only the socket is left
out. Every describe is at another instant, so that downloads are looked up in a replicate that is cut there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rolloutsim.robomaker.protocol import HttpRequest  # noqa: E402  # found only once the checkout is on the path
from rolloutsim.robomaker.server import Server  # noqa: E402
from rolloutsim.robomaker.server_clock import Pace, ServerClock  # noqa: E402
from rolloutsim.robomaker.service import Service  # noqa: E402
from rolloutsim.scenario import load  # noqa: E402

RUNS = 15
#: What is asked for, in seconds, bytes and requests per second.
TARGETS = {
    "create_1000_compiled_s": 0.1,
    "create_1000_simpy_s": 3.0,
    "describe_1000_s": 0.02,
    "describe_10_per_s": 500.0,
    "memory_1000_jobs_bytes": 300e6,
}


class Site:
    """A server with the fleet of `w1.yaml`, and an application."""

    def __init__(self, robots: int, engine: str) -> None:
        scenario = load(ROOT / "benchmarks" / "w1.yaml").replace("fleet.robots.robots", robots)
        self.service = Service(scenario, 1, engine=engine, registered=True)
        self.clock = ServerClock(self.service.log, Pace(paused=True))
        self.server = Server(self.service, self.clock)
        self.fleet = self.ask("listFleets")["fleetDetails"][0]["arn"]
        source = {"s3Bucket": "bundles", "s3Key": "w1.tar"}
        suite = {"name": "ROS2", "version": "Foxy"}
        application = self.ask("createRobotApplication", name="w1", robotSoftwareSuite=suite, sources=[source])["arn"]
        version = self.ask("createRobotApplicationVersion", application=application)["version"]
        launch = {"packageName": "w1", "launchFile": "w1.launch.py"}
        self.configs = [{"application": application, "applicationVersion": version, "launchConfig": launch}]
        self.jobs = 0

    def ask(self, operation: str, **members: Any) -> Any:
        response = self.server.answer(HttpRequest("POST", f"/{operation}", "", {"host": "localhost"}, json.dumps(members).encode()))
        assert response.status == 200, response.body
        return json.loads(response.body)

    def create(self) -> str:
        """Create a job and describe it, which simulates it."""
        self.jobs += 1
        config = {"concurrentDeploymentPercentage": 20}
        members = {"fleet": self.fleet, "deploymentApplicationConfigs": self.configs, "deploymentConfig": config}
        job = str(self.ask("createDeploymentJob", clientRequestToken=str(self.jobs), **members)["arn"])
        self.service.jobs.status(self.service.state.jobs[job], self.clock.now())
        return job

    def advance(self, seconds: float) -> None:
        self.clock.change(self.clock.pace, seconds)


def creation(engine: str, runs: int) -> float:
    """Return the median time (s) of creating a job of 1,000 robots."""
    site = Site(1000, engine)
    site.create()
    times = []
    for _ in range(runs):
        site.advance(31 * 86400.0)
        begun = time.process_time()
        site.create()
        times.append(time.process_time() - begun)
    return statistics.median(times)


def description(robots: int, engine: str, runs: int) -> float:
    """Return the median time (s) of describing a job in progress, each time at another instant."""
    site = Site(robots, engine)
    job = site.create()
    record = site.service.jobs._simulated(site.service.state.jobs[job]).record
    times = []
    for _ in range(runs):
        site.advance(record.ended / (runs + 1))
        begun = time.process_time()
        site.ask("describeDeploymentJob", job=job)
        times.append(time.process_time() - begun)
    return statistics.median(times)


def memory(jobs: int) -> int:
    """Return the most memory (bytes) of a process with so many finished jobs of 1,000 robots."""
    code = (
        "import resource, sys; sys.path.insert(0, sys.argv[1]); from benchmarks.robomaker import Site\n"
        "site = Site(1000, 'compiled')\n"
        "for _ in range(int(sys.argv[2])): site.create(); site.advance(31 * 86400.0)\n"
        "print(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(jobs)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=1800).stdout)


def measure(quick: bool) -> dict[str, float]:
    """Return all figures."""
    runs = 2 if quick else RUNS
    return {
        "create_1000_compiled_s": creation("compiled", runs),
        "create_1000_simpy_s": creation("simpy", 1 if quick else 3),
        "describe_1000_s": description(1000, "compiled", runs),
        "describe_10_per_s": 1.0 / description(10, "simpy", 10 * runs),
        "memory_1000_jobs_bytes": memory(5 if quick else 1000),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    found = measure(options.quick)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24} {value:14.4g}   target {TARGETS[name]:g}")


if __name__ == "__main__":
    main()
