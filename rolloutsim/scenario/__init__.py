"""Scenarios: which robots get what, how, and under which rules. Read, checked and explained; not simulated.

`load` reads a file and reports everything that is wrong with it. A `Scenario` is a value: `Scenario.replace` returns another one.

Read `sections` and `model` first, then the rooms: `parts` (what a user writes), `reading` (from text to values), `checks` (what does not
fit together) and `words` (a scenario in English). `loading` leads through all of them; `schema` and `resolved` write what `parts` reads.

May import: the ground floor.
"""

from __future__ import annotations

from rolloutsim.scenario.example_files import copy_example, examples
from rolloutsim.scenario.loading import build, load, locate, parse
from rolloutsim.scenario.model import Scenario
from rolloutsim.scenario.parts.application import Application
from rolloutsim.scenario.parts.changing import Changing
from rolloutsim.scenario.parts.connectivity import Always, Connectivity, Never, Renewal
from rolloutsim.scenario.parts.deployment import Deployment
from rolloutsim.scenario.parts.fleet import Cohort
from rolloutsim.scenario.parts.network import Network, Outages, Site
from rolloutsim.scenario.parts.patterns import Pattern
from rolloutsim.scenario.parts.readiness import Ready, ReadyProbability, ReadyRenewal
from rolloutsim.scenario.parts.retries import Retries
from rolloutsim.scenario.parts.rules import Rules, TimeoutCodes
from rolloutsim.scenario.parts.schedule import Schedule
from rolloutsim.scenario.parts.stages import Stage
from rolloutsim.scenario.parts.steps import Chance, Step
from rolloutsim.scenario.parts.traces import Trace
from rolloutsim.scenario.replace import parse_assignment
from rolloutsim.scenario.schema import json_schema
from rolloutsim.scenario.stage_sizes import stage_sizes
from rolloutsim.scenario.starter import site_starter, starter
from rolloutsim.scenario.words.describe import Section, describe
from rolloutsim.scenario.words.wording import Line
from rolloutsim.scenario.words.written_out import to_yaml

__all__ = [
    "Always",
    "Application",
    "Chance",
    "Changing",
    "Cohort",
    "Connectivity",
    "Deployment",
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
    "copy_example",
    "describe",
    "examples",
    "json_schema",
    "load",
    "locate",
    "parse",
    "parse_assignment",
    "site_starter",
    "stage_sizes",
    "starter",
    "to_yaml",
]
