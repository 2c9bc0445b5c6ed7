"""What a server has beside RoboMaker's API, below ``/-/``: a page, the state that it shows, and control of clock, bundles and errors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from rolloutsim.errors import UsageError
from rolloutsim.formatting import duration
from rolloutsim.robomaker.clock import seconds_of
from rolloutsim.robomaker.entry import Entry
from rolloutsim.robomaker.protocol import HttpError, HttpRequest, HttpResponse, parse_json
from rolloutsim.robomaker.server_clock import Pace, ServerClock
from rolloutsim.robomaker.service import Service
from rolloutsim.robomaker.state import Job

__all__ = ["Control", "pace_in_words"]

_PAGES = {"/-/": ("page.html", "text/html"), "/-/page.js": ("page.js", "text/javascript"), "/-/page.css": ("page.css", "text/css")}
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
#: The page shows no more jobs, the latest first.
_MOST_JOBS = 5
_FASTEST = 1e6


def pace_in_words(pace: Pace) -> str:
    """Return what a real minute is.

    Examples
    --------
    >>> pace_in_words(Pace(60.0)), pace_in_words(Pace(60.0, paused=True))
    ('a real minute is 60 min of simulated time', 'simulated time stands still')
    """
    return f"a real minute is {duration(60.0 * pace.speed)} of simulated time" if pace.rate else "simulated time stands still"


class Control:
    """Answers what is below ``/-/``.

    Parameters
    ----------
    service, clock
        Of the server.
    """

    def __init__(self, service: Service, clock: ServerClock) -> None:
        self._service, self._clock = service, clock

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Answer a request.

        Raises
        ------
        HttpError
            If there is no such path or method, or the request is not as it has to be.
        """
        if request.path in _PAGES:
            self._expect(request, "GET")
            name, kind = _PAGES[request.path]
            body = (files("rolloutsim.robomaker") / "web" / name).read_bytes()
            return HttpResponse(200, {"content-type": f"{kind}; charset=utf-8", **_HEADERS}, body)
        if request.path == "/-/state":
            self._expect(request, "GET")
            return _json(self.state())
        changes: dict[str, Callable[..., None]] = {
            "/-/clock": self._change_clock,
            "/-/bundles": self._change_bundle,
            "/-/faults": self._change_faults,
        }
        if request.path not in changes:
            raise HttpError(404, "UnknownOperationException", "there is no such path")
        self._expect(request, "POST")
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise HttpError(415, "InvalidParameterException", "send JSON, with the header content-type: application/json")
        content = parse_json(request.body)
        try:
            changes[request.path](**_members(content))
        except (UsageError, TypeError, ValueError) as error:
            raise HttpError(400, "InvalidParameterException", str(error)) from None
        return _json(self.state())

    def state(self) -> dict[str, Any]:
        """Return what the page shows: the clock, robots by status, and the latest jobs with their progress so far."""
        with self._service.lock:
            now, views = self._clock.now(), self._service.views
            robots = [robot for robot in self._service.state.robots.values() if views.is_there(robot)]
            jobs = [job for job in self._service.state.jobs.values() if not job.is_gone(now)][-_MOST_JOBS:]
            return {
                "now": now,
                "createdAt": views.when(now),
                "pace": self._clock.pace._asdict() | {"words": pace_in_words(self._clock.pace)},
                "robots": Counter(views.robot_status(robot, now) for robot in robots),
                "jobs": [self._job(job, now) for job in reversed(jobs)],
            }

    def _job(self, job: Job, now: float) -> dict[str, Any]:
        status, code = self._service.jobs.status(job, now)
        robots, span = self._service.jobs.robots(job, now), self._service.jobs.span(job, now)
        done = sorted((robot.finished, robot.status == "InSync") for robot in robots if robot.finished is not None)
        return {
            "arn": job.arn,
            "fleet": job.fleet.name,
            "status": status,
            "failureCode": code,
            "robots": Counter(robot.status for robot in robots),
            "size": len(robots),
            "span": span,
            "spanInWords": duration(span),
            "finished": done,
        }

    def _change_clock(self, speed: float | None = None, paused: bool | None = None, advance: str | float = 0.0) -> None:
        pace = self._clock.pace
        if speed is not None:
            if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.0 < speed <= _FASTEST:
                raise UsageError(f"speed is a number above 0 and at most {_FASTEST:,.0f}: simulated seconds per real second")
            pace = pace._replace(speed=float(speed))
        if paused is not None:
            if not isinstance(paused, bool):
                raise UsageError("paused is true or false")
            pace = pace._replace(paused=paused)
        jump = seconds_of(advance)
        with self._service.lock:
            self._clock.change(pace, jump)
            self._service.change(Entry(self._clock.now(), "-clock", pace._asdict(), {}))

    def _change_bundle(self, bucket: str, key: str, action: str) -> None:
        with self._service.lock:
            self._service.change_bundle(bucket, key, action, self._clock.now())

    def _change_faults(self, operation: str, error: str, calls: int = 0, rate: float = 0.0) -> None:
        with self._service.lock:
            self._service.faults.inject(operation, error, calls=calls, rate=rate)

    def _expect(self, request: HttpRequest, method: str) -> None:
        if request.method != method:
            raise HttpError(405, "UnknownOperationException", f"{request.method} is no method of this path: use {method}", (method,))


def _members(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise UsageError("send a JSON object")
    return content


def _json(content: Any) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json", **_HEADERS}, json.dumps(content).encode())
