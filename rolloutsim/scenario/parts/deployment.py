"""The deployment: a RoboMaker ``CreateDeploymentJob`` request with RoboMaker's names, units and limits.

A request can be pasted as it is. Only what steers the rollout has an effect; names and tags are kept for the record.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from rolloutsim.scenario.parts.fields import Custom, FieldType, Part, Schema
from rolloutsim.scenario.reading.data_files import DataFolder
from rolloutsim.scenario.reading.numbers import read_whole
from rolloutsim.scenario.reading.problems import ProblemError, Problems
from rolloutsim.scenario.reading.quantities import NUMBER, TIME, parse_quantity
from rolloutsim.scenario.reading.slips import explain_slip

__all__ = ["ApplicationConfig", "Deployment", "DeploymentConfig", "LaunchConfig", "S3Object"]

DEFAULT_TIMEOUT = 18000


def _percentage(raw: Any) -> int:
    value = raw
    if isinstance(raw, str):
        value = read_whole(raw.strip().removesuffix("%").rstrip()) if raw.strip().endswith("%") else None
        number = read_whole(raw.strip())
        if number is not None:
            raise ProblemError("wrong-type", "in quotes this is text, and a percentage is a whole number from 1 to 100", f"write {number}")
        if value is None:
            explain_slip(raw, NUMBER, whole=True)
    if isinstance(value, bool) or not isinstance(value, int):
        hint = f"write {round(100 * value)}" if isinstance(value, float) and 0.01 <= value <= 1 else "write e.g. 20"
        raise ProblemError("wrong-type", "a percentage is a whole number from 1 to 100", hint)
    if not 1 <= value <= 100:
        raise ProblemError("out-of-range", "RoboMaker takes percentages from 1 to 100", f"write {1 if value < 1 else 100}, or remove it")
    return value


def _timeout(raw: Any) -> int:
    if isinstance(raw, str):
        try:
            seconds = parse_quantity(raw, TIME)
        except ProblemError:
            raise ProblemError(
                "unwanted-unit", "RoboMaker takes a whole number of seconds, without a unit", f"write e.g. {DEFAULT_TIMEOUT}"
            ) from None
        raise ProblemError("unwanted-unit", "RoboMaker takes a whole number of seconds, without a unit", f"write {seconds:.0f}")
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ProblemError("wrong-type", "RoboMaker takes a whole number of seconds", f"write e.g. {DEFAULT_TIMEOUT}")
    if not 60 <= raw <= 604800:
        raise ProblemError(
            "out-of-range", "RoboMaker takes 60 (a minute) to 604800 (7 days)", f"write {60 if raw < 60 else 604800}, or remove it"
        )
    return raw


class _Letters(FieldType[str]):
    """What RoboMaker takes as a text."""

    def __init__(self, least: int, most: int, pattern: str, what: str) -> None:
        self.least, self.most, self.pattern, self.what = least, most, pattern, what

    def parse(self, raw: Any, folder: DataFolder | None = None) -> str:
        if not isinstance(raw, str):
            number = isinstance(raw, int | float) and not isinstance(raw, bool)
            raise ProblemError("wrong-type", "text is needed", f'put it into quotes: "{raw}"' if number else f"write {self.what}")
        if not self.least <= len(raw) <= self.most:
            why = f"RoboMaker takes {self.least} to {self.most} characters here, and this has {len(raw)}"
            raise ProblemError("out-of-range", why, f"write {self.what}")
        if not re.fullmatch(self.pattern, raw):
            raise ProblemError("malformed", f"RoboMaker takes {self.what} here", f"the pattern is {self.pattern}")
        return raw

    def schema(self) -> Schema:
        return {"type": "string", "minLength": self.least, "maxLength": self.most, "pattern": f"^(?:{self.pattern})$"}


class _Pairs(FieldType[dict[str, str]]):
    """What RoboMaker takes as names with values."""

    def __init__(self, most: int, key: _Letters, value: _Letters) -> None:
        self.most, self.key, self.value = most, key, value

    def parse(self, raw: Any, folder: DataFolder | None = None) -> dict[str, str]:
        if not isinstance(raw, dict):
            raise ProblemError("wrong-type", "a mapping is needed", "write {name: value, …}")
        problems = Problems()
        if len(raw) > self.most:
            why = f"RoboMaker takes {self.most} entries at most, and there are {len(raw)}"
            problems.add((), ProblemError("out-of-range", why, "remove some"))
        for name, value in raw.items():
            problems.attempt((name,), self.key.parse, name)
            problems.attempt((name,), self.value.parse, value)
        problems.check()
        return dict(raw)

    def schema(self) -> Schema:
        return {"type": "object", "maxProperties": self.most, "additionalProperties": {"type": "string"}}


_TAG = r"[a-zA-Z0-9 _.\-\/+=:]*"
Arn = Annotated[str, _Letters(1, 1224, r"arn:.*", "an ARN, arn:…")]
Token = Annotated[str, _Letters(1, 64, r"[a-zA-Z0-9_\-=]*", "letters, digits, _, - and =")]
Version = Annotated[str, _Letters(1, 255, r"[0-9]*", 'a numbered version such as "7"')]
Word = Annotated[str, _Letters(1, 1024, r"[a-zA-Z0-9_.\-]*", "letters, digits, _, . and -")]
FilePath = Annotated[str, _Letters(1, 1024, r".*", "a path")]
Bucket = Annotated[str, _Letters(3, 63, r"[a-z0-9][a-z0-9.\-]*[a-z0-9]", "the name of a bucket")]
Key = Annotated[str, _Letters(1, 1024, r".*", "a key")]
Etag = Annotated[str, _Letters(0, 1024, r".*", "an etag")]
Environment = Annotated[
    dict[str, str], _Pairs(20, _Letters(1, 1024, r"[A-Z_][A-Z0-9_]*", "NAMES_LIKE_THIS"), _Letters(1, 1024, r".*", "a text"))
]
Tags = Annotated[dict[str, str], _Pairs(50, _Letters(1, 128, _TAG, "a plain name"), _Letters(0, 256, _TAG, "a plain text"))]
PERCENTAGE: Schema = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"type": "string", "pattern": r"^\s*[0-9]+\s*%\s*$"}]}
Percentage = Annotated[int, Custom(_percentage, PERCENTAGE, "percentage")]
Timeout = Annotated[int, Custom(_timeout, {"type": "integer", "minimum": 60, "maximum": 604800})]


class _Request(Part):
    """A part of the request: keys in RoboMaker's spelling."""

    model_config = ConfigDict(alias_generator=to_camel)

    def written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return what was given: RoboMaker's defaults are RoboMaker's."""
        given = {to_camel(name) for name in self.model_fields_set}
        return {key: value for key, value in super().written(fields).items() if key in given}


class S3Object(_Request):
    """A file in S3."""

    bucket: Bucket = Field(description="The bucket.")
    key: Key = Field(description="The file's key.")
    etag: Etag | None = Field(None, description="If given, EtagMismatch may occur.")


class LaunchConfig(_Request):
    """What is started on the robot."""

    package_name: Word = Field(description="The ROS package.")
    launch_file: Word = Field(description="The launch file.")
    pre_launch_file: FilePath | None = Field(
        None, description="A script run before the launch; without it the phase pre_launch does not run."
    )
    post_launch_file: FilePath | None = Field(
        None, description="A script run after the launch; without it the phase post_launch does not run."
    )
    environment_variables: Environment | None = Field(None, description="No effect on the simulation.")


class ApplicationConfig(_Request):
    """Which application is deployed."""

    application: Arn = Field(description="The application; no effect on the simulation.")
    application_version: Version = Field(description="Its version; no effect on the simulation.")
    launch_config: LaunchConfig = Field(description="What is started on the robot.")


class DeploymentConfig(_Request):
    """How the rollout proceeds."""

    concurrent_deployment_percentage: Percentage | None = Field(
        None, description="Robots that deploy at the same time, in percent of the fleet."
    )
    failure_threshold_percentage: Percentage | None = Field(None, description="Failures that stop the job, in percent of the fleet.")
    robot_deployment_timeout_in_seconds: Timeout = Field(DEFAULT_TIMEOUT, description="The time each robot has, from 60 to 604800 s.")
    download_condition_file: S3Object | None = Field(None, description="A script that decides on the robot whether to download.")

    def written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return what was given, and the timeout in any case."""
        return {**super().written(fields), "robotDeploymentTimeoutInSeconds": self.robot_deployment_timeout_in_seconds}


def _exactly_one(raw: Any) -> Any:
    if isinstance(raw, list) and len(raw) != 1:
        raise ProblemError(
            "out-of-range", f"RoboMaker takes exactly one application config, and there are {len(raw)}", "leave one, or remove the key"
        )
    return raw


class Deployment(_Request):
    """A RoboMaker request; every part is optional here."""

    deployment_config: DeploymentConfig = Field(DeploymentConfig.model_validate({}), description="How the rollout proceeds.")
    deployment_application_configs: Annotated[tuple[ApplicationConfig, ...], BeforeValidator(_exactly_one)] = Field(
        (), description="Which application; exactly one if given.", json_schema_extra={"minItems": 1, "maxItems": 1}
    )
    fleet: Arn | None = Field(None, description="The fleet's ARN; no effect on the simulation.")
    client_request_token: Token | None = Field(None, description="No effect on the simulation.")
    tags: Tags | None = Field(None, description="No effect on the simulation.")

    @property
    def concurrent_percentage(self) -> int | None:
        """Robots that deploy at the same time (%), or None."""
        return self.deployment_config.concurrent_deployment_percentage

    @property
    def failure_threshold_percentage(self) -> int | None:
        """Failures that stop the job (%), or None."""
        return self.deployment_config.failure_threshold_percentage

    @property
    def robot_timeout(self) -> float:
        """The time each robot has (s)."""
        return float(self.deployment_config.robot_deployment_timeout_in_seconds)

    @property
    def has_condition_file(self) -> bool:
        """Whether the phase `condition` runs."""
        return self.deployment_config.download_condition_file is not None

    @property
    def condition_etag(self) -> bool:
        """Whether the condition file names an etag."""
        file = self.deployment_config.download_condition_file
        return file is not None and file.etag is not None

    def runs(self, phase: str) -> bool:
        """Return whether a phase happens at all: some need a file that the deployment has to name."""
        files = {"condition": self.has_condition_file, "pre_launch": self.has_pre_launch, "post_launch": self.has_post_launch}
        return files.get(phase, True)

    @property
    def has_pre_launch(self) -> bool:
        """Whether the phase `pre_launch` runs."""
        return any(config.launch_config.pre_launch_file is not None for config in self.deployment_application_configs)

    @property
    def has_post_launch(self) -> bool:
        """Whether the phase `post_launch` runs."""
        return any(config.launch_config.post_launch_file is not None for config in self.deployment_application_configs)

    def written(self, fields: dict[str, Any]) -> dict[str, Any]:
        """Return what was given, and the timeout in any case."""
        return {**super().written(fields), "deploymentConfig": self.deployment_config.write()}
