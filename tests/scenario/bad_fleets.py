"""Bad scenarios whose faults lie between their parts; see `tests.scenario.bad_inputs`."""

from __future__ import annotations

#: Whole scenarios in which the parts are right and do not go together.
TOGETHER = {
    "a list of robots": """\
fleet: {file: robots.csv, unit: MB, units: 3, columns: {robots: serial}, classes: {"a:b": {}, flaky: {robots: 3, link: {rate: 8}}, slow: 5}}
application: {bundle: 1 MB}
""",
    "a list of robots that is not there": """\
fleet: {file: robots.csv}
application: {bundle: 1 MB}
""",
    "a list without columns": """\
fleet: {file: samples.csv}
application: {bundle: 1 MB}
""",
    "a list with other columns": """\
fleet: {file: samples.csv, columns: {robot: negative}}
application: {bundle: 1 MB}
""",
    "a list with rates that are too small": """\
fleet: {file: samples.csv, columns: {link_rate: negative}, unit: Mbit/s}
application: {bundle: 1 MB}
""",
    "sites": """\
sites:
  defaults: {robots: -1, downlink: 200 MB, uplink: 3}
  names: [wh01..wh03, "a:b", wh02, wh5..wh4, wh..wx, a1..b2, wh001..wh12, 7]
  wh01: 20 Mbit/s
fleet: [{cohort: dock, at: wh01, robots: rest, link: {rate: 8 Mbit/s}}]
application: {bundle: 1 MB}
""",
    "a line that is too slow": """\
sites: {defaults: {robots: 10, downlink: 1 Mbit/s}, names: wh01..wh02}
fleet: [{cohort: dock, at: all, robots: rest}]
application: {bundle: 1 GB}
""",
    "cohorts at sites": """\
sites: {defaults: {robots: 10}, names: wh01..wh03, wh04: {}, wh02: {robots: 4}}
network: {sites: {wh01: {}}}
fleet:
  - {cohort: dock, at: all, robots: rest, link: {rate: 8 Mbit/s}}
  - {cohort: dock, at: [wh02, wh03, wh07], robots: 120 %, site: wh01}
  - {cohort: yard, at: [wh01], robots: rest}
  - {cohort: all, at: all, class: rest, robots: 2 %, link: {rate: 8}, cohorts: 3}
application: {bundle: 1 MB}
""",
    "robots that do not add up": """\
sites: {defaults: {robots: 10}, names: wh01..wh03, wh02: {robots: 4}}
fleet:
  - {cohort: dock, at: all, robots: 30 %, link: {rate: 8 Mbit/s}}
  - {cohort: yard, at: all, robots: 3}
  - {cohort: van, at: [wh02, wh03], robots: 1}
application: {bundle: 1 MB}
""",
    "shares of no number": """\
sites: {names: wh01..wh02, wh02: {robots: 4}}
fleet:
  - {cohort: dock, at: all, robots: rest, link: {rate: 8 Mbit/s}}
  - {cohort: yard, at: all, robots: rest}
application: {bundle: 1 MB}
""",
    "no robots at a site": """\
sites: {names: wh01..wh08, defaults: {robots: 9}, wh02: {robots: 40}}
fleet:
  - {cohort: dock, at: all, robots: rest, link: {rate: 8 Mbit/s}}
  - {cohort: yard, at: all, robots: 2 %}
application: {bundle: 1 MB}
""",
    "at without sites": """\
fleet: [{cohort: dock, at: all, robots: 3, link: {rate: 8 Mbit/s}}]
application: {bundle: 1 MB}
""",
    "sites without names": """\
sites: {defaults: {robots: 3}}
fleet: [{cohort: dock, at: all, robots: rest, link: {rate: 8 Mbit/s}}]
application: {bundle: 1 MB}
""",
    "record and start": """\
fleet: [{cohort: dock, robots: 10, connectivity: {trace: {file: trace_good.csv, time: t, online: "on", group: id}}}]
application: {bundle: 350 MB}
rules: {start: 2026-01-05 21:00}
""",
    "a download that fits into no window": """\
fleet:
  - cohort: dock
    robots: 10
    link: {rate: 1 Mbit/s}
    connectivity: {schedule: {online: ["09:00-09:10"], timezone: UTC}}
application: {bundle: 350 MB, download: {interrupted: restart}}
rules: {start: 2026-01-05 21:00}
""",
    "checks": """\
fleet: [{cohort: dock, robots: 10, link: {rate: 8 Mbit/s}}]
application: {bundle: 350 MB}
checks: [failed <= 1, time_to_complet <= 3 h, time_to_complete <= 3 MB, abort_probability <= 3 h, failed <= 5 %, failed <= five]
""",
}
