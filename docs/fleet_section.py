"""The part of the scenario reference on fleets of sites, lists of robots, and names."""

from __future__ import annotations

__all__ = ["FLEETS"]

FLEETS = """\
## A fleet of sites

List sites under `sites`, and give a cohort `at` to place it at some or all of them. It becomes one cohort per
site. This fleet has 2,400 robots:

<!-- scenario -->
```yaml
sites:
  defaults: {robots: 200, downlink: 200 Mbit/s}
  names: wh01..wh12
  wh07: {downlink: 20 Mbit/s}          # what differs
fleet:
  - {cohort: steady, at: all, robots: rest, link: {rate: 50 Mbit/s}}
  - {cohort: flaky, at: all, robots: 15 %, link: {rate: 20 Mbit/s}, connectivity: {availability: 95 %, offline: 10 min}}
  - {cohort: "off", at: [wh01, wh02], robots: 5 %, connectivity: never}
application: {bundle: 350 MB}
```

- The cohorts are named `steady@wh01`, `flaky@wh01` and so on. Their class is the name before the `@`, unless you set `class`.
  `rolloutsim show --expand` prints them. If you write the same cohorts by hand, you get the same results.
- `15 %` and `rest` are shares of the robots at each site. They are rounded by the largest remainder; in a tie, the cohort listed first gets
  the extra robot. The cohorts at a site always add up to its number of robots. A cohort that gets 0 robots is left out, with a note.
- `connectivity: {availability: 95 %, offline: 10 min}` stands for exponential spells in equilibrium, offline for 10 min on average.
- Paths are those of the cohorts and sites as they are written out: `network.sites.wh07.downlink`, `fleet.'flaky@wh07'.robots`. In addition,
  `sites.defaults.downlink` changes every site that does not override it, and `fleet.flaky.robots` the share of flaky robots at every site.
- A class is a label. It changes results only where a chance is `per: class`. `per: cohort` means per class and site.
- With `per: site`, all cohorts at a site share one draw. Every robot with such a chance needs a site.

## A list of robots

`fleet` may be a CSV file with one row per robot, and columns `robot`, `site`, `class`, `architecture`, `priority` and `link_rate`. Each of
them is optional; other columns are ignored.

```yaml
fleet:
  file: robots.csv
  columns: {robot: serial, site: hall}   # where the file has other names
  unit: Mbit/s                           # of link_rate, if its cells are numbers
  classes:
    steady: {link: {rate: 50 Mbit/s}}
    flaky: {link: {rate: 20 Mbit/s}, connectivity: {availability: 95 %, offline: 10 min}}
```

- Rows that agree in class, site, architecture and priority are one cohort, in the order of first appearance. It is named `flaky@wh07`, with
  `/ARM64` and `/3` at the end if architecture or priority are not those of the class. Robots without a class have the class `robots`.
- A class takes the keys of a cohort. A robot with a `link_rate` has this constant rate; a robot without one draws its rate from the class.
- A robot's random numbers depend on its place in its cohort, so append new robots at the end. The table `robots` has the names in its
  column `name`.
- Paths lead to the cohorts (`fleet.'flaky@wh07'.priority`), to all of a class (`class.flaky.connectivity`), and to what the file has
  (`fleet.classes.flaky.link.rate`).

## Names

Names of cohorts, sites and classes have 1 to 64 characters. They begin with a letter or digit; letters, digits, single blanks between
words and `_ - . / @ +` follow. `good`, `bad`, `succeeded`, `failed`, `all`, `rest`, `defaults` and `names` are refused: metrics and the
scenario file give them another meaning.
"""
