"""Small fleets, and what a script does with them."""

from __future__ import annotations

from typing import Any

from rolloutsim.robomaker import Client
from rolloutsim.scenario import Scenario, parse

#: Prepared after 5 s; then two at a time: 10 s of downloading at 1 MB/s, 20 s of launching. The job ends after 65 s.
HAND = """
fleet: [{cohort: dock, robots: 4, link: {rate: 8 Mbit/s}}]
application: {bundle: 10 MB, steps: {preparing: {duration: 5 s}, launching: {duration: 20 s}}}
"""
#: Robots that are offline for long, fail, and are late.
ROUGH = """
seed: 7
fleet:
  - {cohort: dock, robots: 9, link: {rate: {lognormal: {median: 4 Mbit/s, sigma: 0.4}}}, connectivity: {renewal: {up: 2 h, down: 40 min}}}
  - {cohort: yard, robots: 5, architecture: ARM64, class: outside, connectivity: {renewal: {up: 10 min, down: 3 h}}}
  - {cohort: bare, robots: 2, architecture: none}
network: {origin: 16 Mbit/s}
application:
  bundle: 100 MB
  steps:
    preparing: {duration: {exponential: {mean: 30 s}}}
    launching:
      duration: {exponential: {mean: 1 min}}
      failures: {MissingRobotDeploymentResource: {probability: 0.2, per: robot}}
deployment:
  deploymentConfig: {concurrentDeploymentPercentage: 40, failureThresholdPercentage: 80, robotDeploymentTimeoutInSeconds: 3600}
"""
SUITE = {"name": "ROS2", "version": "Foxy"}
SOURCES = [{"s3Bucket": "bundles", "s3Key": f"patrol-{name}.tar", "architecture": name} for name in ("X86_64", "ARM64")]
CONFIG = {"concurrentDeploymentPercentage": 50, "robotDeploymentTimeoutInSeconds": 3600}

Answer = dict[str, Any]


class Bench:
    """A client with a fleet and an application."""

    def __init__(self, text: str = HAND, *, robots: int = 0, registered: bool = True, engine: str = "simpy", **options: Any) -> None:
        self.scenario: Scenario = parse(text)
        self.client: Any = Client(self.scenario, registered=registered, engine=engine, **options)
        self.now = self.client.clock
        if registered:
            self.fleet = self.client.list_fleets()["fleetDetails"][0]["arn"]
        else:
            self.fleet = self.client.create_fleet(name="night")["arn"]
        self.robots = [self.add(f"r{number}") for number in range(robots)]
        if registered:
            self.robots = [robot["arn"] for robot in self.client.describe_fleet(fleet=self.fleet)["robots"]]
        application = self.client.create_robot_application(name="patrol", robotSoftwareSuite=SUITE, sources=SOURCES)
        self.application: str = application["arn"]
        self.version: str = self.client.create_robot_application_version(application=self.application)["version"]

    def add(self, name: str, **options: Any) -> str:
        """Create a robot and register it."""
        arguments = {"architecture": "X86_64", "greengrassGroupId": "g", **options}
        robot: str = self.client.create_robot(name=name, **arguments)["arn"]
        self.client.register_robot(fleet=self.fleet, robot=robot)
        return robot

    @property
    def configs(self) -> list[Answer]:
        """What is deployed."""
        launch = {"packageName": "patrol", "launchFile": "patrol.launch.py"}
        return [{"application": self.application, "applicationVersion": self.version, "launchConfig": launch}]

    def create(self, **options: Any) -> str:
        """Create a deployment job."""
        arguments = {"fleet": self.fleet, "deploymentApplicationConfigs": self.configs, "deploymentConfig": CONFIG, **options}
        job: str = self.client.create_deployment_job(**arguments)["arn"]
        return job

    def describe(self, job: str) -> Answer:
        answer: Answer = self.client.describe_deployment_job(job=job)
        return answer

    def statuses(self, job: str) -> list[str]:
        """Return the statuses of a job's robots."""
        return [robot["status"] for robot in self.describe(job)["robotDeploymentSummary"]]

    def at(self, t: float) -> None:
        """Let time pass up to an instant."""
        self.now.advance(t - self.now.now)
