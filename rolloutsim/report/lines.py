"""What the lines of a summary show, whose labels are not the names of metrics."""

from __future__ import annotations

__all__ = ["LINES", "name_of"]

#: The metric or column behind each label.
LINES = {
    "time to complete": "time_to_complete",
    "all jobs": "time_to_complete",
    "succeeded jobs": "time_to_complete",
    "50 % insync": "time_to_reach_50",
    "90 % insync": "time_to_reach_90",
    "95 % insync": "time_to_reach_95",
    "99 % insync": "time_to_reach_99",
    "100 % insync": "time_to_reach_100",
    "canceled": "jobs.status",
    "threshold breached": "abort_probability",
    "stopped by": "abort_probability",
    "failed, insync later": "converged_late",
    "insync later": "converged_late",
    "insync, failed later": "regressed",
    "robot offline (in any phase)": "offline_share",
    "used of the busiest, mean": "utilisation_mean",
    "used of the busiest, peak": "utilisation_peak",
    "at least one saturated": "saturated",
    "most downloads at once": "peak_downloads",
    "bytes wasted, share": "wasted_share",
    "robots left down": "left_down",
    "robots exposed, mean": "robots_exposed",
}


def name_of(label: str) -> str:
    """Return the metric or column that a line of a summary shows, or the words of the label as a name.

    Examples
    --------
    >>> name_of("InSync later"), name_of("bytes sent")
    ('converged_late', 'bytes_sent')
    """
    plain = label.strip().lower()
    return LINES.get(plain, plain.replace(" ", "_"))
