"""Failures after success in the records of a replicate, once it is known how long they are followed.

Until the job has ended they are followed as long as it lasts, and then until `observe`, like late installations. A robot that regresses is
down from then on: with a rollback for as long as that takes, without one to the end of the observation.
"""

from __future__ import annotations

import numpy as np

from rolloutsim.simulation.records.log import REGRESSION_FIELDS, ROBOT_FIELDS, Columns

__all__ = ["with_regressions"]

_GRANTED, _DOWNTIME, _LEFT_DOWN = (ROBOT_FIELDS.index(name) for name in ("granted", "downtime", "left_down"))


def with_regressions(columns: Columns, observe: float) -> Columns:
    """Return the records of a replicate in which robots regress until the end of the job or of the observation, and are down since then.

    Parameters
    ----------
    columns
        As an engine has written them.
    observe
        Until when late robots are followed (s).
    """
    written = columns.written
    robots = written.robots.reshape(len(ROBOT_FIELDS), -1).copy()
    regressed, recovery = written.regressions.reshape(len(REGRESSION_FIELDS), -1).copy()
    known = (robots[_GRANTED] >= 0.0) & (regressed >= 0.0) & (regressed <= max(observe, columns.job.ended_s))
    regressed[~known] = -1.0
    left_down = known & (recovery < 0.0)
    lost = np.where(left_down, np.maximum(0.0, observe - regressed), recovery)
    robots[_DOWNTIME][known] += lost[known]
    robots[_LEFT_DOWN][left_down] = 1.0
    settled = written._replace(robots=robots.ravel(), regressions=np.concatenate([regressed, recovery]))
    return Columns(columns.job_row, settled, columns.releases, columns.counted)
