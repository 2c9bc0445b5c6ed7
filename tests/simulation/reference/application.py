"""When the application on a robot runs, and when it is down."""

from __future__ import annotations

from rolloutsim.simulation.model import causes
from tests.simulation.reference.luck import Luck
from tests.simulation.reference.processes import NEVER, draw
from tests.simulation.reference.state import Robot


class Applications(Luck):
    """The application that a deployment replaces."""

    def stop_application(self, r: Robot) -> None:
        if r.back <= self.now and r.down_since is not None:
            r.downtime_s += r.back - r.down_since
            r.down_since = None
        r.down_since = self.now if r.down_since is None else r.down_since
        r.back, r.stopped_in = NEVER, r.attempt

    def application_runs(self, r: Robot) -> None:
        assert r.down_since is not None
        r.downtime_s += r.launched - r.down_since
        r.down_since = None

    def application_may_return(self, r: Robot) -> None:
        if self.rules.rollback is not None and r.stopped_in == r.attempt:
            r.back = self.now + draw(self.rules.rollback, r.key, causes.ROLLBACK, r.attempt)

    def application_fails(self, r: Robot) -> None:
        """The new application fails on a robot that had succeeded."""
        if self.rules.rollback is not None:
            r.downtime_s += draw(self.rules.rollback, r.key, causes.ROLLBACK, r.attempt)
        else:
            r.downtime_s += max(0.0, self.rules.observe - float(self.now))
            r.left_down = True

    def settle_downtime(self, r: Robot) -> None:
        if r.down_since is None:
            return
        if r.back < NEVER:
            r.downtime_s += r.back - r.down_since
        else:
            r.left_down = True
            r.downtime_s += max(0.0, r.finished - r.down_since)
