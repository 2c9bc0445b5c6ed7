"""From a scenario to the records of its replicates; nothing here knows of studies, statistics or reports.

`model` decides what happens to robots and jobs, `fairshare` how fast bytes flow over shared links, `engines` when, and `records` keeps
what is left. `replicate` runs a replicate, by the engine that `engine_choice` chose; read it first. `compilation`, `machine_code` and
`memory` make the same functions run as machine code. Of the package, the simulation imports scenarios and what is below them.
"""
