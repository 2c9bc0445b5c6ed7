"""Native configurations of every system, and small fleets for them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

__all__ = ["configurations", "small_fleets"]

Raw = dict[str, Any]
SITES = ("r1", "r2")


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Raw]:
    """Return mappings with some of the keys."""
    return st.fixed_dictionaries({}, optional=keys)


def whole(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


ROLLOUTS = st.one_of(
    some(maximumPerMinute=whole(1, 30)),
    st.fixed_dictionaries(
        {
            "maximumPerMinute": whole(20, 40),
            "exponentialRate": st.fixed_dictionaries(
                {
                    "baseRatePerMinute": whole(1, 20),
                    "incrementFactor": st.sampled_from([1.1, 2, 5]),
                    "rateIncreaseCriteria": st.one_of(
                        st.fixed_dictionaries({name: whole(1, 5)}) for name in ("numberOfNotifiedThings", "numberOfSucceededThings")
                    ),
                }
            ),
        }
    ),
)
CRITERIA = st.fixed_dictionaries(
    {
        "failureType": st.sampled_from(["FAILED", "REJECTED", "TIMED_OUT", "ALL"]),
        "action": st.just("CANCEL"),
        "thresholdPercentage": st.sampled_from([5, 12.5, 30, 100]),
        "minNumberOfExecutedThings": whole(1, 4),
    }
)
JOB = {
    "jobExecutionsRolloutConfig": ROLLOUTS,
    "abortConfig": st.fixed_dictionaries({"criteriaList": st.lists(CRITERIA, min_size=1, max_size=2)}),
    "timeoutConfig": some(inProgressTimeoutInMinutes=whole(1, 3)),
}
RETRIES = st.fixed_dictionaries(
    {
        "criteriaList": st.lists(
            st.fixed_dictionaries({"failureType": st.sampled_from(["FAILED", "TIMED_OUT", "ALL"]), "numberOfRetries": whole(0, 2)}),
            min_size=1,
            max_size=2,
        )
    }
)
ENDS = st.just({"startTime": "2026-01-05 21:00", "endTime": "2026-01-05 21:30", "endBehavior": "FORCE_CANCEL"})
WINDOWS = st.just({"maintenanceWindows": [{"startTime": "cron(2 20 ? * MON *)", "durationInMinutes": 10}]})
AMOUNTS = st.sampled_from(["1", "3", "20%", "100%"])


@st.composite
def preferences(draw: st.DrawFn) -> Raw:
    found: Raw = draw(some(ConcurrencyMode=st.sampled_from(["STRICT_FAILURE_TOLERANCE", "SOFT_FAILURE_TOLERANCE"])))
    found |= draw(st.sampled_from([{}, {"MaxConcurrentCount": 3}, {"MaxConcurrentPercentage": 40}]))
    found |= draw(st.sampled_from([{}, {"FailureToleranceCount": 2}]))
    if found.get("ConcurrencyMode") == "SOFT_FAILURE_TOLERANCE" and "FailureToleranceCount" not in found:
        found |= draw(st.sampled_from([{}, {"FailureTolerancePercentage": 30}]))
    return found


@st.composite
def mechanisms(draw: st.DrawFn) -> Raw:
    given = {"maxFailurePercentage": draw(st.sampled_from([0, 7, 12.5, 100])), "maxInProgressOperations": draw(whole(1, 4))}
    return {"firmwareUpgrade": given | draw(some(requestRetries=whole(0, 2), requestTimeoutSeconds=whole(30, 60)))}


NATIVE: dict[str, st.SearchStrategy[Raw]] = {
    "iot-jobs": some(**JOB, jobExecutionsRetryConfig=RETRIES, schedulingConfig=ENDS | WINDOWS),
    "greengrass-v2": some(
        iotJobConfiguration=some(**JOB), deploymentPolicies=some(failureHandlingPolicy=st.sampled_from(["ROLLBACK", "DO_NOTHING"]))
    ),
    "ssm": some(
        MaxConcurrency=AMOUNTS,
        MaxErrors=AMOUNTS | st.just("0"),
        TimeoutSeconds=whole(30, 200),
        Parameters=st.just({"executionTimeout": ["120"]}),
    ),
    "stacksets": some(OperationPreferences=preferences(), Regions=st.permutations(SITES).map(list)),
    "codedeploy": st.one_of(
        some(deploymentConfigName=st.sampled_from(["OneAtATime", "HalfAtATime", "AllAtOnce"]).map("CodeDeployDefault.{}".format)),
        st.fixed_dictionaries(
            {"minimumHealthyHosts": st.sampled_from([{"type": "FLEET_PERCENT", "value": 60}, {"type": "HOST_COUNT", "value": 3}])},
            optional={"zonalConfig": some(monitorDurationInSeconds=whole(0, 90), firstZoneMonitorDurationInSeconds=whole(0, 90))},
        ),
    ),
    "ansible": some(
        serial=st.sampled_from([1, 3, "29%", [1, "30%"]]),
        max_fail_percentage=st.sampled_from([0, 30, 49.5]),
        any_errors_fatal=st.booleans(),
        forks=whole(1, 6),
        order=st.sampled_from(["inventory", "shuffle"]),
    ),
    "edgehog": mechanisms().map(lambda mechanism: {"campaignMechanism": mechanism}),
}


def configurations(system: str) -> st.SearchStrategy[Raw]:
    """Return configurations of a system as they are pasted."""
    return NATIVE[system]


@st.composite
def small_fleets(draw: st.DrawFn) -> Raw:
    """Return a scenario without a deployment: a few robots at two sites, some offline, some that fail."""
    offline = st.sampled_from(["always", {"availability": "70 %", "offline": "2 min"}])
    fleet = [{"cohort": f"c{site}", "robots": draw(whole(2, 6)), "site": site, "connectivity": draw(offline)} for site in SITES]
    launching = {
        "duration": draw(st.sampled_from(["60 s", {"exponential": {"mean": "60 s"}}])),
        "failures": {"MissingRobotDeploymentResource": {"probability": draw(st.sampled_from([0, 0.3, 1])), "per": "robot"}},
    }
    steps: Raw = {"launching": launching, "reaching": {"duration": draw(st.sampled_from(["0 s", "5 s"]))}}
    if draw(st.booleans()):
        steps["condition"] = {"ready": 0.7}
    rules = {"start": "2026-01-05T20:00Z", "fleet_timeout": "4 h", "observe": "5 h"}
    return {"fleet": fleet, "application": {"bundle": "0 B", "steps": steps}, "rules": rules}
