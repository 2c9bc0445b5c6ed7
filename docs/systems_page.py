"""The page on systems whose configurations can be pasted, from their tables of keys."""

from __future__ import annotations

from rolloutsim.scenario.systems.keys import flat
from rolloutsim.scenario.systems.registry import SYSTEMS
from rolloutsim.scenario.systems.system import System

__all__ = ["systems_page"]

HEAD = """\
# Systems

`docs/generate.py` makes this page from the tables of keys in `rolloutsim/scenario/systems/`; do not edit it. Paste the configuration of
a system under `deployment`, with its name beside it:

```yaml
deployment:
  system: ansible
  hosts: robots
  serial: [1, 5, "30%"]
  max_fail_percentage: 20
```

- Plain [rules](model.md#4-the-job) follow from it. `rolloutsim show FILE` lists each with its source; `rolloutsim show --as-rules FILE`
  prints the file with these rules in its place, which is a scenario file with the same results. Without `system`, or with
  `system: robomaker`, a deployment is RoboMaker's request.
- A native key is **mapped** to rules, **ignored** with a note, or **refused** because it would change the rollout in a way that is not
  simulated. Unknown keys are errors, and ranges are those of the system.
- Your own `rules:` go over those of the system, rule by rule; a note lists what they replace.
- `--set deployment.serial=10`, levers and sweeps take native keys.
- The columns `native_status` of `jobs` and `robots` have the system's own words.
- The phases `condition`, `pre_launch` and `post_launch` run if `steps` has them.
- `rolloutsim systems NAME` prints the same in a terminal. `scenarios/systems/` has a scenario for each, all of one fleet,
  and [questions from the trackers of push systems](push_questions.md) have a command and an answer each.
- What the documents of a system leave open is an assumption. Where its own texts disagree, its code or the text of its API is taken.
"""

_OUTCOMES = {
    "succeeded": "it succeeded",
    "incomplete": "it succeeded, with failures",
    "stopped": "too many failures stopped it",
    "canceled": "it was canceled",
    "timed_out": "`rules.fleet_timeout` ended it",
    "failed": "it failed",
    "rejected": "the robot was not ready",
    "timeout": "its timer ended after it was reached",
    "no_response": "it was not reached in time",
    "working": "`rules.fleet_timeout` ended it",
    "waiting": "it never started",
}


def systems_page() -> str:
    """Return the page."""
    return "\n".join([HEAD, *map(_section, SYSTEMS.values())])


def _section(system: System) -> str:
    lines = [f"## `{system.name}`", "", f"{system.title}: paste {system.pasted}.", ""]
    mapped = [(path, key) for path, key in flat(system.keys) if key.use == "mapped"]
    lines += ["| key | if absent | rules |", "|---|---|---|"]
    for path, key in mapped:
        absent = "required" if key.required else f"`{key.default}`" if key.default else ""
        lines.append(f"| `{path}` | {absent} | {key.what} |")
    for use in ("ignored", "refused"):
        reasons: dict[str, list[str]] = {}
        for path, key in flat(system.keys):
            if key.use == use:
                reasons.setdefault(key.what, []).append(f"`{path}`")
        if reasons:
            lines += ["", f"{use.capitalize()}:", "", *(f"- {', '.join(paths)}: {what}" for what, paths in reasons.items())]
    lines += ["", "Assumptions:", "", *(f"- {text}" for text in system.assumptions), "", "Sources:", ""]
    lines += [f"- {text}" for text in system.sources]
    lines += ["", "| `native_status` | of a job | of a robot |", "|---|---|---|"]
    for outcome, meaning in _OUTCOMES.items():
        words = (f"`{found[outcome]}`" if outcome in found else "" for found in (system.jobs, system.robots))
        lines.append(f"| {meaning} | {' | '.join(words)} |")
    return "\n".join([*lines, ""])
