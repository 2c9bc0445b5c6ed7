"""What is deployed: the bundle, its download, the steps and the chance of a bad release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from rolloutsim.scenario.parts.after_success import AfterSuccess
from rolloutsim.scenario.parts.amounts import Quantity
from rolloutsim.scenario.parts.bad_release import BadRelease
from rolloutsim.scenario.parts.fields import Custom, Part, closed
from rolloutsim.scenario.parts.steps import APPLICATION_STEPS, StepChange
from rolloutsim.scenario.reading.problems import ProblemError, Problems, did_you_mean
from rolloutsim.scenario.reading.quantities import SIZE
from rolloutsim.vocabulary import ARCHITECTURES

__all__ = ["Application", "BadRelease", "Download", "Release"]

_SIZE = Quantity(SIZE)


def _bundle(raw: Any) -> Mapping[str, float]:
    if not isinstance(raw, dict):
        return dict.fromkeys(ARCHITECTURES, _SIZE.parse(raw))
    if not raw:
        raise ProblemError("empty", "the application has no source for any architecture", "write e.g. 350 MB, or {ARM64: 350 MB}")
    problems = Problems()
    for architecture in raw.keys() - set(ARCHITECTURES):
        unknown = ProblemError(
            "unknown-name", "no such architecture", did_you_mean(architecture, ARCHITECTURES), key=True, found=str(architecture)
        )
        problems.add((architecture,), unknown)
    sizes = {name: problems.attempt((name,), _SIZE.parse, size) for name, size in raw.items() if name in ARCHITECTURES}
    problems.check()
    return {name: size for name in ARCHITECTURES if (size := sizes.get(name)) is not None}


def _write_bundle(bundle: Mapping[str, float]) -> dict[str, Any]:
    return {name: _SIZE.write(size) for name, size in bundle.items()}


_SIZES = closed({name: _SIZE.ref(f"Size of the bundle for {name}.") for name in ARCHITECTURES})
BUNDLE = Custom(_bundle, {"anyOf": [_SIZE.ref(), {**_SIZES, "minProperties": 1}]}, "bundle", _write_bundle)


class Download(Part):
    """How the bundle is downloaded."""

    interrupted: Literal["resume", "restart"] = Field("resume", description="Whether a download resumes or restarts after an interruption.")


class Release(Part):
    """The release, good or bad, drawn once per job."""

    bad: BadRelease | None = Field(None, description="A fault that all robots share.")


class Application(Part):
    """What is deployed."""

    UNWRITTEN = frozenset({"release"})

    bundle: Annotated[Mapping[str, float], BUNDLE] = Field(
        description="The bundle's size, or a size for each architecture that has a source."
    )
    download: Download = Field(Download.model_validate({}), description="How the bundle is downloaded.")
    steps: Annotated[Mapping[str, StepChange], APPLICATION_STEPS] = Field({}, description="Durations and failures of the phases.")
    after_success: AfterSuccess | None = Field(None, description="Failures that show only after a robot has succeeded; absent = none.")
    release: Release = Field(Release.model_validate({}), description="Whether the release is bad.")

    @property
    def interrupted(self) -> Literal["resume", "restart"]:
        """What an interruption does to what was downloaded."""
        return self.download.interrupted

    @property
    def bad_release_probability(self) -> float:
        """The probability of a bad release, 0 if none is described."""
        return 0.0 if self.release.bad is None else self.release.bad.probability

    @property
    def bad_sites(self) -> int | None:
        """At how many sites a bad release is bad; None = wherever it goes."""
        return None if self.release.bad is None else self.release.bad.sites

    @property
    def bad_steps(self) -> Mapping[str, StepChange]:
        """What a bad release changes."""
        return {} if self.release.bad is None else self.release.bad.steps
