"""Scenarios: what is rolled out to whom, how, and under which rules. Read, checked, explained; not yet simulated.

`load` reads a file and says everything that is wrong with it at once. A `Scenario` is a value: `Scenario.replace` makes another one.
"""

from __future__ import annotations

from rolloutsim.scenario.application import Application
from rolloutsim.scenario.connectivity import Always, Connectivity, Never, Renewal
from rolloutsim.scenario.deployment import Deployment
from rolloutsim.scenario.describe import Section, describe
from rolloutsim.scenario.finding import Finding
from rolloutsim.scenario.fleet import Cohort
from rolloutsim.scenario.loading import build, load, locate, parse
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.network import Network, Outages, Site
from rolloutsim.scenario.patterns import Pattern
from rolloutsim.scenario.phrases import Line
from rolloutsim.scenario.readiness import Ready, ReadyProbability, ReadyRenewal
from rolloutsim.scenario.replace import parse_assignment
from rolloutsim.scenario.rules import Retries, Rules, TimeoutCodes
from rolloutsim.scenario.schedule import Schedule
from rolloutsim.scenario.schema import json_schema
from rolloutsim.scenario.stages import Stage, stage_sizes
from rolloutsim.scenario.starter import starter
from rolloutsim.scenario.steps import Chance, Step
from rolloutsim.scenario.traces import Trace

__all__ = [
    "Always",
    "Application",
    "Chance",
    "Cohort",
    "Connectivity",
    "Deployment",
    "Finding",
    "Line",
    "Network",
    "Never",
    "Outages",
    "Pattern",
    "Ready",
    "ReadyProbability",
    "ReadyRenewal",
    "Renewal",
    "Retries",
    "Rules",
    "Scenario",
    "Schedule",
    "Section",
    "Site",
    "Stage",
    "Step",
    "TimeoutCodes",
    "Trace",
    "build",
    "describe",
    "json_schema",
    "load",
    "locate",
    "parse",
    "parse_assignment",
    "stage_sizes",
    "starter",
]
