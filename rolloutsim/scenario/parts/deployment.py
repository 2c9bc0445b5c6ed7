"""The deployment: a RoboMaker ``CreateDeploymentJob`` request with RoboMaker's names, units and limits.

A request can be pasted as it is. Only what steers the rollout has an effect; names and tags are kept for the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from rolloutsim.scenario.parts.fields import Part, shared
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


@dataclass(frozen=True)
class _Letters:
    """What RoboMaker takes as a text."""

    least: int
    most: int
    pattern: str
    what: str

    def parse(self, raw: Any) -> str:
        """Return the text if RoboMaker would take it."""
        if not isinstance(raw, str):
            number = isinstance(raw, int | float) and not isinstance(raw, bool)
            raise ProblemError("wrong-type", "text is needed", f'put it into quotes: "{raw}"' if number else f"write {self.what}")
        if not self.least <= len(raw) <= self.most:
            raise ProblemError(
                "out-of-range",
                f"RoboMaker takes {self.least} to {self.most} characters here, and this has {len(raw)}",
                f"write {self.what}",
            )
        if not re.fullmatch(self.pattern, raw):
            raise ProblemError("malformed", f"RoboMaker takes {self.what} here", f"the pattern is {self.pattern}")
        return raw

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "minLength": self.least, "maxLength": self.most, "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class _Pairs:
    """What RoboMaker takes as names with values."""

    most: int
    name: _Letters
    value: _Letters

    def parse(self, raw: Any) -> dict[str, str]:
        """Return the mapping if RoboMaker would take it."""
        if not isinstance(raw, dict):
            raise ProblemError("wrong-type", "a mapping is needed", "write {name: value, …}")
        problems = Problems()
        if len(raw) > self.most:
            problems.add(
                (), ProblemError("out-of-range", f"RoboMaker takes {self.most} entries at most, and there are {len(raw)}", "remove some")
            )
        for name, said in raw.items():
            problems.attempt((name,), self.name.parse, name)
            problems.attempt((name,), self.value.parse, said)
        problems.check()
        return dict(raw)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.parse)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
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
Percentage = Annotated[int, PlainValidator(_percentage), shared("percentage")]
Timeout = Annotated[int, PlainValidator(_timeout), WithJsonSchema({"type": "integer", "minimum": 60, "maximum": 604800})]


class _Request(Part):
    """A part of the request: keys in RoboMaker's spelling."""

    model_config = ConfigDict(alias_generator=to_camel)


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

    @property
    def has_pre_launch(self) -> bool:
        """Whether the phase `pre_launch` runs."""
        return any(config.launch_config.pre_launch_file is not None for config in self.deployment_application_configs)

    @property
    def has_post_launch(self) -> bool:
        """Whether the phase `post_launch` runs."""
        return any(config.launch_config.post_launch_file is not None for config in self.deployment_application_configs)

    @property
    def request(self) -> dict[str, Any]:
        """The request as given, in RoboMaker's spelling."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude_none=True)
