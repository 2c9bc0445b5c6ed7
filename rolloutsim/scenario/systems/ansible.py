"""Ansible: a play with `serial`. Its batches are stages of robots, and each batch is judged by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from rolloutsim.errors import Location
from rolloutsim.scenario.reading.problems import ProblemError
from rolloutsim.scenario.systems.keys import Native, choice, flag, ignored, mapped, number, refused, whole
from rolloutsim.scenario.systems.system import Derived, Fleet, System, assumed, count, row, rule

__all__ = ["ANSIBLE", "batch_sizes"]

_BATCHES = "ansible/ansible@c9ac477: lib/ansible/executor/playbook_executor.py, lib/ansible/utils/helpers.py (pct_to_int)"
_LINEAR = "ansible/ansible@c9ac477: lib/ansible/plugins/strategy/linear.py"
_CONFIG = "ansible/ansible@c9ac477: lib/ansible/config/base.yml"
_DOCS = "ansible/ansible-documentation: playbooks_strategies.rst, playbooks_error_handling.rst"
#: More batches than this are no plan of a rollout, and each is a stage of the simulation.
MOST_BATCHES = 1000
_ORDERS = dict.fromkeys(("sorted", "reverse_sorted"), "hosts in an order by name") | {"reverse_inventory": "the last hosts first"}
_STRATEGIES = {"host_pinned": "as many hosts as there are forks, each to its end", "debug": "a person at the terminal"}


def _plain(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return what reads a value that is no expression."""

    def without_expression(raw: Any) -> Any:
        for text in raw if isinstance(raw, list) else [raw]:
            if isinstance(text, str) and ("{{" in text or "{%" in text):
                raise ProblemError("not-modelled", "a Jinja expression is not evaluated", "write the value that it has in this rollout")
        return parse(raw)

    return without_expression


def _size(raw: Any) -> tuple[int, bool]:
    """Return the size of a batch, and whether it is a percentage.

    >>> _size("30%"), _size(5)
    ((30, True), (5, False))
    """
    match = re.fullmatch(r"(\d{1,9})(%?)", raw) if isinstance(raw, str) else None
    value = int(match[1]) if match else raw
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000_000:
        raise ProblemError("wrong-type", "a number of hosts or a percentage is needed", 'write e.g. 5 or "30%"')
    return value, bool(match and match[2])


def _serial(raw: Any) -> list[tuple[int, bool]]:
    sizes = raw if isinstance(raw, list) else [raw]
    if not sizes:
        raise ProblemError("empty", "a list of batches has at least one", 'write e.g. [1, 5, "30%"], or remove it')
    return [_size(size) for size in sizes]


def batch_sizes(serial: list[tuple[int, bool]], hosts: int) -> list[int]:
    """Return how many hosts each batch has, by Ansible's own arithmetic in floating point; the last size repeats.

    Parameters
    ----------
    serial
        Sizes, each a number of hosts, or a percentage of all hosts if it is marked.
    hosts
        Hosts of the play.

    Examples
    --------
    >>> batch_sizes([(30, True)], 20), batch_sizes([(29, True)], 100), batch_sizes([(1, False), (5, False)], 10)
    ([6, 6, 6, 2], [28, 28, 28, 16], [1, 5, 4])
    """
    sizes: list[int] = []
    left = hosts
    while left:
        value, is_share = serial[min(len(sizes), len(serial) - 1)]
        size = (int(value / 100.0 * hosts) or 1) if is_share else value
        sizes.append(min(size, left) if size > 0 else left)
        left -= sizes[-1]
    return sizes


def _is_long(native: Native, fleet: Fleet) -> bool:
    """Return whether there are too many batches, without counting them one by one."""
    (value, is_share) = native["serial"][-1]
    size = (int(value / 100.0 * fleet.robots) or 1) if is_share else value
    return bool(size) and len(native["serial"]) + fleet.robots / size > MOST_BATCHES


def _rules(native: Native, fleet: Fleet) -> list[Derived]:
    found = [row("limits", {"max": count(native.get("forks", 5))}, ("forks",), f"{_CONFIG}: DEFAULT_FORKS")]
    if "serial" in native and not _is_long(native, fleet):
        sizes = batch_sizes(native["serial"], fleet.robots)
        found += [row("stages", {"robots": size}, ("serial",), _BATCHES) for size in sizes[:-1]]
    if "order" in native:
        order = "shuffled" if native["order"] == "shuffle" else "listed"
        found.append(rule("order", order, ("order",), f"{_DOCS}: inventory is the order of the file"))
    limit, at = native.get("max_fail_percentage"), ("max_fail_percentage",)
    if native.get("any_errors_fatal"):
        limit, at = 0, ("any_errors_fatal",)
    if limit is not None:
        because = f'{_LINEAR}: "exceeded, not equaled"; hosts that are unreachable are not counted'
        found.append(row("stop", {"kinds": ["failed"], "exceeds": f"{limit:g} %", "of": "stage", "then": "abort"}, at, because))
    everything = {"kinds": ["failed", "timeout", "no_response"], "at_least": "100 %", "of": "stage"}
    found.append(row("stop", everything, (), f"{_BATCHES}: a play ends when every host of a batch failed or was unreachable"))
    found.append(rule("robot_timeout", "none", (), "a play has no time limit"))
    found.append(rule("timer", "reached", (), "the connection has a time limit, and the work has none"))
    found.append(rule("reach_timeout", "10 s", (), f"{_CONFIG}: DEFAULT_TIMEOUT"))
    return [*found, assumed(rule("late_convergence", False, (), "a play that has ended changes nothing"))]


def _problems(native: Native, fleet: Fleet) -> Iterator[tuple[Location, ProblemError]]:
    if "serial" in native and _is_long(native, fleet):
        why = f"these are more than {MOST_BATCHES:,} batches, and each is a stage"
        yield ("serial",), ProblemError("too-large", why, "write larger batches")
    if native.get("strategy", "linear") != "linear":
        for name in ("max_fail_percentage", "any_errors_fatal"):
            if native.get(name):
                why = f"it has no effect with strategy: {native['strategy']}"
                yield (name,), ProblemError("does-not-fit", why, "remove it, or write strategy: linear")


ANSIBLE = System(
    name="ansible",
    title="Ansible",
    pasted="a play, and `forks` of ansible.cfg",
    keys=(
        mapped("serial", _plain(_serial), "rules.stages: a stage per batch", "all hosts"),
        mapped("max_fail_percentage", _plain(number(0, 100, 2)), "rules.stop: exceeds, of stage, then abort", "none"),
        mapped("any_errors_fatal", _plain(flag), "rules.stop: exceeds 0 %, of stage, then abort", "false"),
        mapped("forks", _plain(whole(1, 100_000_000)), "rules.limits", "5"),
        mapped(
            "order",
            _plain(choice("inventory", "shuffle", others=_ORDERS)),
            "rules.order: listed or shuffled; others are refused",
            "inventory",
        ),
        mapped(
            "strategy",
            _plain(choice("linear", "free", others=_STRATEGIES)),
            "nothing: max_fail_percentage and any_errors_fatal need linear",
            "linear",
        ),
        *refused("errors that are ignored are no failures", "ignore_errors", "ignore_unreachable"),
        *refused("some tasks would run on one host, or on few at once", "run_once", "throttle"),
        *refused("a time limit of each task", "timeout"),
        *refused("check mode changes nothing", "check_mode"),
        *ignored("it names the play or its hosts, or how to connect", "name", "hosts", "connection", "port", "remote_user", "tags"),
        *ignored("what is run is part of the steps of a robot", "tasks", "pre_tasks", "post_tasks", "roles", "handlers", "force_handlers"),
        *ignored(
            "what is run is part of the steps of a robot", "gather_facts", "gather_subset", "gather_timeout", "fact_path", "collections"
        ),
        *ignored("what is run is part of the steps of a robot", "vars", "vars_files", "vars_prompt", "environment", "module_defaults"),
        *ignored("what is run is part of the steps of a robot", "become", "become_user", "become_method", "become_flags", "become_exe"),
        *ignored("it is about what is printed", "no_log", "debugger", "diff", "validate_argspec"),
    ),
    rules=_rules,
    sources=(_BATCHES, _LINEAR, _CONFIG, _DOCS),
    assumptions=(
        "The strategy `linear` makes hosts wait for each other at each task; here they do not, so times are lower bounds.",
        "`max_fail_percentage` is judged when a host fails, not at the end of the task.",
        "A percentage with decimals is compared exactly.",
        "`forks` limits hosts; Ansible's workers are shared by the tasks of a batch.",
        "A robot that is offline when it is its turn is unreachable after 10 s.",
    ),
    jobs={
        "succeeded": "ok",
        "incomplete": "failed",
        "stopped": "failed",
        "canceled": "interrupted",
        "timed_out": "running",
        "failed": "failed",
    },
    robots={
        "succeeded": "ok",
        "failed": "failed",
        "rejected": "failed",
        "timeout": "failed",
        "no_response": "unreachable",
        "stopped": "failed",
        "canceled": "interrupted",
        "working": "running",
        "waiting": "not run",
    },
    problems=_problems,
)
