"""The colours of all plots, in one place: the palette of Okabe and Ito (2008), distinct with every common form of colour blindness."""

from __future__ import annotations

BLACK = "#000000"
ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
YELLOW = "#F0E442"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#777777"

#: For cohorts and whatever else has no meaning of its own, taken in this order and from the start again.
COHORTS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW, GREY)

#: Of a job's terminal status.
JOB_STATUS = {"Succeeded": BLUE, "Failed": VERMILION, "Canceled": PURPLE}

#: Of robots drawn as cells, by state (`rolloutsim.analysis.STATES`): without the hatches of areas each has a colour of its own.
STATE_COLOURS = {
    "InSync": BLUE,
    "converged late": GREEN,
    "regressed": BLACK,
    "downloading": ORANGE,
    "other in flight": YELLOW,
    "waiting to be reached": SKY,
    "waiting for a retry": PURPLE,
    "not started": "#DDDDDD",
    "NoResponse": GREY,
    "Failed": VERMILION,
}
