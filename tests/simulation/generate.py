"""Random small scenarios over every rule and feature, as data."""

from __future__ import annotations

import random
from typing import Any

from rolloutsim.scenario import Scenario, build
from rolloutsim.vocabulary import PHASE_CODES

PHASES_OF_ROBOT = (
    "validating",
    "reaching",
    "condition",
    "downloading",
    "extracting",
    "pre_launch",
    "launching",
    "post_launch",
    "reporting",
)
RETRIABLE = (
    "InternalServerError",
    "GreengrassDeploymentFailed",
    "DownloadConditionFailed",
    "ResourceNotFound",
    "ExtractingBundleFailure",
    "PreLaunchFileFailure",
    "MissingRobotDeploymentResource",
    "PostLaunchFileFailure",
)


class Generator:
    """Draws one scenario.

    Parameters
    ----------
    seed
        Of the scenario.
    whole
        All times are whole seconds, so that events coincide; otherwise all are continuous, so that none do.
    """

    def __init__(self, seed: int, *, whole: bool) -> None:
        self.random = random.Random(f"{seed} {whole}")
        self.whole = whole

    def maybe(self, probability: float) -> bool:
        return self.random.random() < probability

    def duration(self, most: int, *, least: int = 0) -> Any:
        """Return a duration (s) of up to about `most`."""
        rng = self.random
        if self.whole:
            if self.maybe(0.5):
                return f"{rng.randint(least, most)} s"
            return {"empirical": {"values": [f"{rng.randint(least, most)} s" for _ in range(rng.randint(2, 4))]}}
        if least == 0 and self.maybe(0.2):
            return "0 s"
        mean = rng.uniform(0.2, 1.0) * most
        return rng.choice(
            [
                {"exponential": {"mean": f"{mean} s"}},
                {"uniform": {"low": f"{mean / 2} s", "high": f"{mean} s"}},
                {"lognormal": {"median": f"{mean} s", "sigma": 0.5}},
                {"gamma": {"shape": 2, "scale": f"{mean / 2} s"}},
            ]
        )

    def chance(self, code: str) -> Any:
        rng = self.random
        probability = rng.choice([0.1, 0.3, 0.6, 0.9])
        scope = rng.choice(["job", "cohort", "robot"])
        return rng.choice(
            [
                probability,
                {"probability": probability, "per": scope},
                {"beta": {"mean": probability, "concentration": 4}, "per": scope},
                {"probability": {"uniform": {"low": 0, "high": probability}}, "per": scope},
            ]
        )

    def steps(self, share: float, failing: float) -> dict[str, Any]:
        rng = self.random
        steps: dict[str, Any] = {}
        for phase in PHASES_OF_ROBOT:
            if not self.maybe(share):
                continue
            step: dict[str, Any] = {"duration": self.duration(rng.choice([3, 10, 30]))}
            failures = {code: self.chance(code) for code in PHASE_CODES[phase] if self.maybe(failing)}
            if failures:
                step["failures"] = failures
            if phase == "reaching" and self.maybe(0.3):
                step["agent_timeout"] = f"{rng.randint(1, 12)} s"
            if phase == "condition":
                step["recheck"] = f"{rng.randint(1, 30) if self.whole else rng.uniform(5, 30)} s"
                if self.maybe(0.3) and not self.whole:
                    step["ready"] = {"busy": self.duration(40, least=5), "idle": self.duration(40, least=5)}
                else:
                    step["ready"] = rng.choice([0, 0.3, 0.6, 1])
            steps[phase] = step
        return steps

    def connectivity(self) -> Any:
        rng = self.random
        kind = rng.choice(["always", "never", "renewal", "renewal", "renewal"])
        if kind != "renewal":
            return kind
        start = rng.choice(["up", "down"] if self.whole else ["up", "down", "equilibrium"])
        return {"renewal": {"up": self.duration(60, least=5), "down": self.duration(60, least=5), "start": start}}

    def cohort(self, number: int) -> dict[str, Any]:
        rng = self.random
        cohort: dict[str, Any] = {"cohort": f"c{number}", "robots": rng.randint(1, 6), "connectivity": self.connectivity()}
        if self.maybe(0.2):
            cohort["architecture"] = rng.choice(["ARM64", "ARMHF", "none"])
        if self.maybe(0.7):
            rates = [f"{8 * rng.randint(1, 10)} kbit/s" for _ in range(3)]
            if self.whole:
                cohort["link"] = {"rate": rng.choice([rates[0], {"empirical": {"values": rates}}])}
            else:
                cohort["link"] = {"rate": {"lognormal": {"median": rates[0], "sigma": 0.5}}}
        if self.maybe(0.3):
            cohort["priority"] = rng.randint(0, 2)
        if self.maybe(0.4):
            cohort["steps"] = self.steps(0.3, 0.2)
        return cohort

    def deployment(self) -> dict[str, Any]:
        rng = self.random
        config: dict[str, Any] = {"robotDeploymentTimeoutInSeconds": rng.choice([60, 60, 90, 150, 400])}
        if self.maybe(0.8):
            config["concurrentDeploymentPercentage"] = rng.choice([1, 20, 25, 30, 50, 100])
        if self.maybe(0.7):
            config["failureThresholdPercentage"] = rng.choice([1, 10, 20, 30, 50, 80, 100])
        if self.maybe(0.5):
            config["downloadConditionFile"] = {"bucket": "fleet", "key": "ready.sh"} | ({"etag": "1"} if self.maybe(0.5) else {})
        launch = {"packageName": "p", "launchFile": "l"}
        launch |= {name: "f.sh" for name in ("preLaunchFile", "postLaunchFile") if self.maybe(0.6)}
        application = {"application": "arn:aws:x", "applicationVersion": "1", "launchConfig": launch}
        return {"deploymentConfig": config, "deploymentApplicationConfigs": [application]}

    def rules(self) -> dict[str, Any]:
        rng = self.random
        rules: dict[str, Any] = {"dispatch": rng.choice(["window", "batch"])}
        batch = rules["dispatch"] == "batch"
        rules["rounding"] = rng.choice(["floor", "ceil", "half_up"])
        rules["comparator"] = rng.choice(["at_least", "exceeds"])
        rules["denominator"] = rng.choice(["fleet", "completed"] + ["batch"] * batch)
        if rules["denominator"] == "completed":
            rules["minimum_completed"] = rng.randint(1, 4)
        rules["evaluate"] = rng.choice(["each_result"] + ["batch_end"] * batch)
        rules["counts"] = rng.choice([["failed", "timeout", "no_response"], ["failed"], ["timeout", "no_response"], ["failed", "timeout"]])
        rules["on_breach"] = rng.choice(["finish", "abort"])
        rules["offline"] = rng.choice(["hold", "skip", "wait"])
        rules["timer"] = rng.choice(["grant", "reached"])
        rules["condition"] = rng.choice(["fail", "defer"])
        rules["order"] = rng.choice(["listed", "shuffled", "priority"])
        rules["old_stops"] = rng.choice(["receipt", "launch"])
        rules["late_convergence"] = self.maybe(0.7)
        rules["observe"] = "3000.5 s"
        rules["fleet_timeout"] = f"{rng.choice([200, 500, 2000, 2500])} s"
        if self.maybe(0.3):
            rules["concurrency"] = f"{rng.randint(1, 5)} robots"
        if self.maybe(0.2):
            rules["failure_limit"] = f"{rng.randint(1, 4)} robots"
        if self.maybe(0.3):
            rules["cancel_at"] = f"{rng.randint(20, 300)} s"
        if self.maybe(0.3):
            rules["timeout_codes"] = {"working": "RobotDeploymentNoResponse", "offline": "InternalServerError"}
        if self.maybe(0.5):
            rules["retries"] = {
                "codes": rng.sample(RETRIABLE, rng.randint(3, len(RETRIABLE))),
                "max": rng.randint(1, 3),
                "backoff": self.duration(20),
                "slot": rng.choice(["hold", "queue"]),
            }
            if rules["retries"]["slot"] == "queue" and "timeout_codes" not in rules and self.maybe(0.5):
                rules["retries"]["codes"] += ["RobotDeploymentNoResponse", "RobotDeploymentAborted"]
        if self.maybe(0.4):
            rules["rollback"] = {"duration": self.duration(40)}
        return rules

    def data(self) -> dict[str, Any]:
        """Return the scenario as a file would hold it."""
        rng = self.random
        release: dict[str, Any] = {}
        if self.maybe(0.3):
            release = {"bad": {"probability": 0.5, "steps": self.steps(0.3, 0.3)}}
        steps = self.steps(0.8, rng.choice([0.0, 0.15, 0.4]))
        preparing: dict[str, Any] = {"duration": self.duration(20)}
        if self.maybe(0.1):
            preparing["failures"] = dict.fromkeys(PHASE_CODES["preparing"], 0.1)
        bundle: Any = "80 kB"
        if self.maybe(0.2):
            bundle = {"X86_64": "80 kB", "ARM64": "160 kB"}
        rules, fleet = self.rules(), [self.cohort(number) for number in range(rng.randint(1, 3))]
        handshakes = [
            step for step in (steps, *(cohort.get("steps", {}) for cohort in fleet)) if "agent_timeout" in step.get("reaching", {})
        ]
        if handshakes and "retries" in rules and self.maybe(0.5):
            rules["retries"]["codes"].append("RobotAgentConnectionTimeout")
        return {
            "fleet": fleet,
            "application": {
                "bundle": bundle,
                "download": {"interrupted": rng.choice(["resume", "restart"])},
                "release": release,
                "steps": {**steps, "preparing": preparing},
            },
            "deployment": self.deployment(),
            "rules": rules,
        }

    def scenario(self) -> Scenario:
        return build(self.data())
