"""A dispatch policy of your own in a study: whether it can be used, what results call it, and whether workers can have it."""

from __future__ import annotations

import hashlib
import pickle
from typing import TYPE_CHECKING, Any

from rolloutsim.errors import UsageError
from rolloutsim.simulation.model.policy import DispatchPolicy
from rolloutsim.study.execution.executors import ExecutorLike

if TYPE_CHECKING:
    from rolloutsim.scenario import Scenario

__all__ = ["expect_policy", "fingerprint_of", "identity", "place_of"]

#: The rules that a policy replaces, of which a scenario that has them would have no effect.
_REPLACED = ("limits", "admit")
_METHODS = ("reset", "start", "ask_again", "is_too_much")


def expect_policy(policy: Any, scenario: Scenario, engine: str) -> None:
    """Check that a policy can decide about the jobs of a scenario.

    Raises
    ------
    UsageError
        If it cannot.
    """
    if missing := [name for name in ("name", "version", *_METHODS) if not hasattr(policy, name)]:
        raise UsageError(f"dispatch: {type(policy).__name__} has no {', '.join(missing)}; rolloutsim.DispatchPolicy lists what is needed")
    for name in ("name", "version"):
        if not isinstance(getattr(policy, name), str) or not getattr(policy, name):
            raise UsageError(f"dispatch: the {name} of {type(policy).__name__} is a text of at least one character")
    if engine == "compiled":
        raise UsageError("dispatch: a policy of your own is Python, so it needs engine='simpy'")
    if rules := [name for name in _REPLACED if getattr(scenario.rules, name)]:
        raise UsageError(f"dispatch: the policy decides which robots start, so rules.{rules[0]} has no effect: remove it")


def place_of(policy: DispatchPolicy, executor: ExecutorLike) -> ExecutorLike:
    """Return where replicates with a policy run: in this process, unless an executor is named.

    Raises
    ------
    UsageError
        If the policy cannot be sent to that executor.
    """
    if executor is None or executor == 1:
        return 1
    try:
        pickle.loads(pickle.dumps(policy))
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        hint = "define its class in a module and keep only plain data in it, or leave executor out"
        raise UsageError(f"executor: the dispatch policy {policy.name} cannot be sent to workers ({why}); {hint}") from None
    return executor


def identity(policy: DispatchPolicy) -> dict[str, str]:
    """Return what manifests call a policy."""
    return {"name": policy.name, "version": policy.version}


def fingerprint_of(scenario: Scenario, policy: DispatchPolicy | None) -> str:
    """Return the fingerprint of what is simulated: that of the scenario, unless a policy of your own decides."""
    own = scenario.fingerprint()
    if policy is None:
        return own
    return hashlib.sha256(f"{own}\n{policy.name}\n{policy.version}".encode()).hexdigest()
