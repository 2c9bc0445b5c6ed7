"""The words of RoboMaker and of this model: failure codes, statuses, phases, steps.

The numbers of phases and codes are positions in these tuples; the model's kernels use the numbers, files and tables the names.
"""

from __future__ import annotations

from typing import NamedTuple

ARCHITECTURES = ("X86_64", "ARM64", "ARMHF")
JOB_STATUSES = ("Pending", "Preparing", "InProgress", "Failed", "Succeeded", "Canceled")
ROBOT_STATUSES = ("Available", "Registered", "PendingNewDeployment", "Deploying", "Failed", "InSync", "NoResponse")
ENDED_BY = ("own", "robot_timer", "breach", "cancel", "fleet_timeout")

#: In which ways a robot fails; what the job inflicts is none of them. `latent`: after it has succeeded.
FAILURE_KINDS = ("failed", "rejected", "timeout", "no_response", "latent")
#: Those that a deployment ends with.
VERDICT_KINDS = FAILURE_KINDS[:-1]

#: Rows of `rules.stop` and of `rules.limits` at most, and what stops a job because of failures: one of these rows, the gate of a stage,
#: or a dispatch policy of your own.
MOST_ROWS = 12
STOPPED_BY = (*(f"{rows} {number + 1}" for rows in ("stop", "limits") for number in range(MOST_ROWS)), "gate", "policy")

#: RoboMaker's ``RobotDeploymentStep``; the order of its enumeration is not chronological.
STEPS = (
    "Validating",
    "DownloadingExtracting",
    "ExecutingDownloadCondition",
    "ExecutingPreLaunch",
    "Launching",
    "ExecutingPostLaunch",
    "Finished",
)

#: What a deployment goes through, in order; ``preparing`` belongs to the job, the others to a robot.
PHASES = (
    "preparing",
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
STEP_OF_PHASE = {
    "validating": "Validating",
    "condition": "ExecutingDownloadCondition",
    "downloading": "DownloadingExtracting",
    "extracting": "DownloadingExtracting",
    "pre_launch": "ExecutingPreLaunch",
    "launching": "Launching",
    "post_launch": "ExecutingPostLaunch",
    "reporting": "Finished",
}

#: The codes that a phase can end with by a coin of its own, in the order in which the coins are tossed.
PHASE_CODES = {
    "preparing": (
        "RobotApplicationDoesNotExist",
        "DeploymentFleetDoesNotExist",
        "ResourceNotFound",
        "EtagMismatch",
        "EnvironmentSetupError",
        "BadPermissionError",
        "BadLambdaAssociated",
        "LambdaDeleted",
        "InternalServerError",
    ),
    "validating": (
        "InvalidGreengrassGroup",
        "GreengrassGroupVersionDoesNotExist",
        "BadPermissionError",
        "LambdaDeleted",
        "BadLambdaAssociated",
        "InternalServerError",
    ),
    "reaching": ("GreengrassDeploymentFailed",),
    "condition": ("EtagMismatch", "DownloadConditionFailed"),
    "downloading": ("ResourceNotFound", "EtagMismatch"),
    "extracting": ("ExtractingBundleFailure", "EnvironmentSetupError"),
    "pre_launch": ("PreLaunchFileFailure",),
    "launching": ("MissingRobotDeploymentResource",),
    "post_launch": ("PostLaunchFileFailure",),
    "reporting": (),  # none: the outcome is known by then, and a report that does not arrive in time is a timeout
}

#: Codes of the release: when one hits a robot it hits the whole job, unless the scenario defines another scope.
RELEASE_CODES = ("ResourceNotFound", "EtagMismatch", "MissingRobotDeploymentResource")


class FailureCode(NamedTuple):
    """One of RoboMaker's 24 ``DeploymentJobErrorCode`` values.

    Attributes
    ----------
    name
        RoboMaker's name.
    meaning
        RoboMaker's documentation in our words; where it has none, the meaning of the name, marked "(undocumented)".
    produced
        How this model produces it.
    """

    name: str
    meaning: str
    produced: str


FAILURE_CODES = (
    FailureCode(
        "ResourceNotFound",
        "A deployment resource is missing, for example the source bundle.",
        "a coin at the start of downloading (0 bytes sent), one for the whole job by default; a coin of preparing fails the job",
    ),
    FailureCode(
        "EnvironmentSetupError",
        "The environment could not be set up (undocumented).",
        "a coin at the end of extracting; a coin of preparing fails the job",
    ),
    FailureCode(
        "EtagMismatch",
        "A file changed after the version was created.",
        "a coin at the start of downloading (0 bytes sent) or of condition (if the file names an etag), one for the whole job by default; "
        "a coin of preparing fails the job",
    ),
    FailureCode(
        "FailureThresholdBreached",
        "More robots could not be updated than the threshold of the deployment allows.",
        "of the job: the rules comparator, denominator, evaluate and counts find the threshold breached",
    ),
    FailureCode(
        "RobotDeploymentAborted",
        "The deployment to the robot was aborted (undocumented).",
        "the robot timer ended while the robot was online and working (rules.timeout_codes), or the job ended it: "
        "breach with on_breach abort, cancel, fleet timeout",
    ),
    FailureCode(
        "RobotDeploymentNoResponse",
        "The robot does not respond; it may be switched off or not connected.",
        "the robot timer ended before the agent's handshake was complete (rules.timeout_codes)",
    ),
    FailureCode(
        "RobotAgentConnectionTimeout",
        "The connection to the robot's agent timed out (undocumented).",
        "the handshake took longer than agent_timeout of online time; or the robot timer ended while the robot was reached but offline, "
        "or its outcome unreported",
    ),
    FailureCode(
        "GreengrassDeploymentFailed",
        "The robot application could not be deployed to the robot.",
        "a coin at the end of reaching",
    ),
    FailureCode("InvalidGreengrassGroup", "The robot's Greengrass group is invalid (undocumented).", "a coin of validating"),
    FailureCode(
        "MissingRobotArchitecture",
        "The robot has no architecture configured (undocumented).",
        "no dice: the cohort's architecture is none",
    ),
    FailureCode(
        "MissingRobotApplicationArchitecture",
        "The application has no source for the robot's architecture.",
        "no dice: application.bundle names no source for the cohort's architecture",
    ),
    FailureCode(
        "MissingRobotDeploymentResource",
        "A resource of the application is missing, for example the launch package or launch file.",
        "a coin at the end of launching, one for the whole job by default",
    ),
    FailureCode(
        "GreengrassGroupVersionDoesNotExist",
        "The Greengrass group or version associated with the robot is missing.",
        "a coin of validating",
    ),
    FailureCode(
        "LambdaDeleted",
        "The Lambda function of the deployment was deleted (undocumented).",
        "a coin of validating; a coin of preparing fails the job",
    ),
    FailureCode("ExtractingBundleFailure", "The application could not be extracted from the bundle.", "a coin at the end of extracting"),
    FailureCode("PreLaunchFileFailure", "The pre-launch script failed.", "a coin at the end of pre_launch (needs a preLaunchFile)"),
    FailureCode("PostLaunchFileFailure", "The post-launch script failed.", "a coin at the end of post_launch (needs a postLaunchFile)"),
    FailureCode(
        "BadPermissionError",
        "A service-level role permission is missing.",
        "a coin of validating; a coin of preparing fails the job",
    ),
    FailureCode(
        "DownloadConditionFailed",
        "The download condition was not met (undocumented).",
        "the robot is not ready (rules.condition fail), its check fails by a coin of condition, or it is deferred and online when its "
        "timer ends",
    ),
    FailureCode(
        "BadLambdaAssociated",
        "A wrong Lambda function is associated with the robot (undocumented).",
        "a coin of validating; a coin of preparing fails the job",
    ),
    FailureCode(
        "InternalServerError",
        "An internal error of the service; retry, and report it if it persists.",
        "a coin of validating; a coin of preparing fails the job",
    ),
    FailureCode(
        "RobotApplicationDoesNotExist", "The robot application does not exist (undocumented).", "a coin of preparing, fails the job"
    ),
    FailureCode("DeploymentFleetDoesNotExist", "The fleet does not exist (undocumented).", "a coin of preparing, fails the job"),
    FailureCode(
        "FleetDeploymentTimeout",
        "The deployment to the fleet took longer than it may, 30 days by default (undocumented in the API).",
        "of the job: rules.fleet_timeout has passed since its creation",
    ),
)

#: The names alone, in RoboMaker's order.
CODES = tuple(code.name for code in FAILURE_CODES)

#: Codes that only a job can have, not a robot.
JOB_ONLY_CODES = ("RobotApplicationDoesNotExist", "DeploymentFleetDoesNotExist", "FailureThresholdBreached", "FleetDeploymentTimeout")
