"""The fleet as planners have it: ``sites:`` and cohorts ``at:`` them, written out as ordinary cohorts and sites before a file is read.

Read `names` (ranges of names) and `shares` (whole robots of percentages) first, then `description` (the mapping ``sites:``), `placement`
(cohorts at sites) and `expansion`, which puts them together and finds for each place of the result the place of the file that it is from.
`fleet_file`, `fleet_list` and `listing` do the same for a CSV file with a row per robot.

May import: the ground floor, `rolloutsim.scenario.reading` and `rolloutsim.scenario.parts`.
"""
