"""Small bad inputs which, with the files of `corpus`, lead to every code and nearly every message; `test_messages` holds the messages."""

from __future__ import annotations

import json
from typing import Any

#: A scenario to which `CHANGES` are made, one at a time.
BASE = """\
fleet:
  - {cohort: dock, robots: 10, site: oslo, link: {rate: 8 Mbit/s}}
  - {cohort: yard, robots: 20, link: {rate: 8 Mbit/s}}
application: {bundle: 350 MB}
"""

#: ``PATH=VALUE`` as for ``--set``, one in each line.
CHANGES = """\
fleet.dok.robots=3
fleet.dock.robots.of=3
fleet..robots=3
x-rate=3
network.sites.bergen.downlink=1 MB/s
sites.*.downlink=1 MB/s
class.docks.robots=3
class.dock=3
rules.stages.*.soak=3 h
fleet.*.robots=0
concurrency=20
threshold=10 MB
threshold=2.5 robots
threshold=2.500 robots
threshold=1.000 robots
fleet.dock.robots=1.000
fleet.dock.robots=2.5
checks=["time_to_complete.p50 <= 1.000 s", "failed[site=oslo] < 2.5"]
concurrency=101 %
robot_timeout=20
robot_timeout=90.5 s
a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z=3
scenario=""
scenario="a\\tb"
scenario="-a-"
scenario=5
scenario=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
seed=-1
replicates=0
checks=5
sweep.levers=5
sweep.levers={rules.dispatch: 5}
sweep.levers={rules.dispatch: [batch, batch]}
sweep.uncertainties=5
sweep.uncertainties={application.bundle: {uniform: {low: 1 MB, high: 2 s}}}
fleet.dock.robots=1.5 robots
fleet.dock.robots=1e3
fleet.dock.robots=10-100 robots
fleet.dock.robots=1000000000
fleet.dock.robots=99999990
fleet.dock.cohort=good
fleet.dock.cohort=all
fleet.dock.cohort="dock #4, north"
fleet.dock.cohort=dock  north
fleet.dock.cohort=_dock
fleet.dock.cohort=dock-number-four-in-the-north-eastern-hall-of-the-second-warehouse
fleet.dock.cohort="#"
fleet.dock.site=names
fleet.dock.class=rest
fleet.dock.names=[wr-1]
fleet.dock.names=wr-1
fleet.dock.names=[a, "", c]
fleet.dock.names=packed:abc
fleet.dock.link={rates: {values: [8, 4], unit: Mbit/s}}
fleet.dock.link={rates: {values: 8, unit: Mbit/s}}
fleet.dock.link={rates: {values: [-8, 1e300], unit: Mbit/s}}
fleet.dock.link={rates: {values: [1], unit: Mbit/s}, trace: {file: trace_good.csv, time: t, rate: r, unit: Mbit/s}}
fleet.dock.site="oslo "
fleet.dock.site=oslo/hall:1
network.sites={"wh:1": {downlink: 8 Mbit/s}, rest: {}, 7: {}}
network.sites.'oslo'.'down.link'=8 Mbit/s
fleet.dock.site=5
fleet.dock.priority=1.5
fleet.dock.architecture=none
fleet.dock.architecture=5
fleet.dock.bundle={ARM64: 1 MB}
fleet.dock.link=8 Mbit/s
fleet.dock.link.rate=0 Mbit/s
fleet.dock.link.trace={patterns: [{period: 60 s, times: [0], rate: [1]}], unit: Mbit/s}
fleet.dock.link.rate=8 MB
fleet.dock.link.rate=8 Mb/s
fleet.dock.link.rate=8
fleet.dock.link.rate=8 Mbits/sek
fleet.dock.link.rate=2 Tbit/s
fleet.dock.link.rate=[]
fleet.dock.link.rate=exponential
fleet.dock.link.rate={exponential: 5}
fleet.dock.link.rate={exponential: {mean: 5 MB/s}, uniform: {}}
fleet.dock.link.rate={expo: {mean: 5 MB/s}}
fleet.dock.link.rate={beta: {a: 1, b: 2}}
fleet.dock.link.rate={lognormal: {median: 5 MB/s, sd: 1 MB/s}}
fleet.dock.link.rate={uniform: {low: 500 Mbit/s, high: 400 Mbit/s}}
fleet.dock.link.rate={mixture: {weight: 1}}
fleet.dock.link.rate={mixture: []}
fleet.dock.link.rate={empirical: {values: [-5], unit: Mbit/s}}
fleet.dock.link.rate={empirical: {values: [], unit: Mbit/s}}
fleet.dock.link.rate={empirical: {values: [5], unit: 5}}
fleet.dock.link.rate={empirical: {values: "packed:abc", unit: Mbit/s}}
fleet.dock.link.rate={empirical: {values: "packed:eNpjYECADwz7HQAFjgHw", unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: 5, column: a, unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: samples.csv, column: negative, unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: samples.csv, column: speed, unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: missing.csv, column: speed, unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: /dev/null, column: speed, unit: Mbit/s}}
fleet.dock.link.rate={empirical: {file: "a\\0b", column: speed, unit: Mbit/s}}
fleet.dock.link.rate={normal: {mean: 1 MB/s, sd: 1 MB/s}}
fleet.dock.link.rate=1 bit/s
fleet.dock.link={rate: 1,500 kbit/s}
fleet.dock.link={rate: {uniform: {low: 1,500,000 bit/s, high: 2 Mbit/s}}}
fleet.dock.link={rate: {uniform: {low: 1 Mbit/s, 2 Mbit/s}}}
fleet.dock.link={trace: {patterns: [{period: 60 s, times: [0], rate: [1e300]}], unit: Mbit/s}}
fleet.dock.link={trace: {patterns: [{period: 60 s, times: [0], rate: [0]}], unit: Mbit/s}}
fleet.dock.link={trace: {patterns: [{period: 60 s, times: [0, 1], rate: [1]}], unit: Mbit/s}}
fleet.dock.link={trace: {patterns: [{period: 60 s, times: [5], rate: [1]}], unit: Mbit/s}}
fleet.dock.link={trace: {patterns: [{period: 60 s, times: 5, rate: [-1]}], unit: Mbit/s}}
fleet.dock.link={trace: {patterns: [], unit: Mbit/s, offset: later}}
fleet.dock.connectivity=5
fleet.dock.connectivity=allways
fleet.dock.connectivity={always: {}}
fleet.dock.connectivity={availability: 95 %}
fleet.dock.connectivity={availability: 95, offline: 0 s}
fleet.dock.connectivity={availability: 95 %, offline: 10 min, online: 3 h}
fleet.dock.connectivity={renewall: {}}
fleet.dock.connectivity={preset: skype}
fleet.dock.connectivity={preset: {system: skype06, fit: cauchy}}
fleet.dock.connectivity={renewal: {up: 0 s, down: {pareto: {shape: 0.5, scale: 1 s}}, start: middle}}
fleet.dock.connectivity={renewal: {up: 1 ms, down: 1 ms}}
fleet.dock.connectivity={renewal: {up: {pareto: {shape: 1, scale: 1 min}}, down: 1 min}}
fleet.dock.connectivity={renewal: {up: {truncated: {of: {pareto: {shape: 1.1, scale: 1 s}}, low: 2 s}}, down: 1 min}}
fleet.dock.connectivity={renewal: {up: 1 min, down: {mixture: [{weight: 1, of: {pareto: {shape: 1.1, scale: 1 s}}}]}}}
network.sites={hall: {outages: {up: 1 d, down: {pareto: {shape: 1.1, scale: 1 min}}}}}
application.steps.condition={ready: {busy: {pareto: {shape: 1, scale: 1 min}}, idle: {pareto: {shape: 1.1, scale: 1 min}}}}
fleet.dock.connectivity={trace: {patterns: [{period: 60 s, times: [0], online: [2]}]}}
fleet.dock.connectivity={trace: {patterns: [{period: 60 s, times: [0], online: [1], begins: 2026-01-01}], offset: clock}}
fleet.dock.connectivity={trace: {file: 5, time: t, online: o, time_unit: year, period: 0 s, offset: 5}}
fleet.dock.connectivity={schedule: {online: 5, timezone: 5}}
fleet.dock.connectivity={schedule: {online: ["9-5", "Mon-Fri 09:00-17:00", "25:00-26:00", "09:00-09:00"], timezone: localtime}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00 Mo", "09:00-17:00 Mon-Tue-Wed"], timezone: right/UTC}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00"], timezone: Europe/Berlyn, jitter: {exponential: {mean: 1000 d}}}}
fleet.dock.connectivity={schedule: {online: ["00:00-23:59"], timezone: UTC}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00"], timezone: UTC+2}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00"], timezone: "-05:30"}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00"], timezone: UTC+0}}
fleet.dock.connectivity={schedule: {online: ["09:00-17:00"], timezone: PST}}
rules={start: "2026-01-05 21:00", admit: {windows: ["00:00-23:59"], timezone: UTC}}
application.bundle={}
application.bundle={X86: 5 MB}
application.bundle={ARM64: 5 MB}
application.bundle=1.500 MB
application.bundle=1,500 MB
application.bundle=1,500,000 B
application.bundle=1,5 MB
application.bundle=1.500,5 MB
application.bundle=10-100 MB
application.bundle=5 MB 3 kB
application.bundle=1 PB
application.bundle=1 min
application.bundle=5 Mb
application.bundle=-5 MB
application.bundle=1e400 MB
application.bundle=1e999 MB
application.bundle=inf MB
application.bundle=five
application.bundle=true
application.download=resume
application.release.bad={probability: 0.1, sites: 1}
application.release.bad={probability: 0.1, sites: 0}
application.release.bad={probability: 0.1, sites: 1 site}
application.release.bad={probability: 0.1, sites: 1, steps: {preparing: {duration: 5 s}}}
application.release.bad.probability=2
application.release.bad.probability=two
application.release.bad.probability="0.2"
application.release.bad.probability=5 s
application.release.bad.probability=5 percent
application.release.bad.probability=1e400
application.steps.launch={}
application.steps.launching=20 s
application.steps.launching={exponential: {mean: 20 s}}
application.steps.launching.duration=22:30
application.steps.launching.duration=5 m
application.steps.launching.duration=5 Mon
application.steps.launching.failures=0.1
application.steps.launching.failures={ExtractingBundleFailure: 0.1}
application.steps.launching.failures={RobotDeploymentNoResponse: 0.1}
application.steps.launching.failures={NoSuchCode: 0.1}
application.steps.reporting.failures={ExtractingBundleFailure: 0.1}
application.steps.launching.failures={MissingRobotDeploymentResource: {}}
application.steps.launching.failures={MissingRobotDeploymentResource: {chance: 0.1}}
application.steps.launching.failures={MissingRobotDeploymentResource: {probability: 0.1, per: fleet}}
application.steps.launching.failures={MissingRobotDeploymentResource: {uniform: {low: 0, high: 2}}}
application.steps.preparing.failures={ResourceNotFound: {probability: 0.1, per: robot}}
application.steps.extracting.failures={ExtractingBundleFailure: {probability: 0.1, per: site}}
application.steps.condition={ready: true, recheck: 0 s}
application.steps.condition={recheck: 20 s}
application.steps.pre_launch={duration: 20 s, failures: {PreLaunchFileFailure: 0.1}}
fleet.dock.steps={preparing: {duration: 1 s}}
network.sites=5
network.sites={oslo: 200 Mbit/s, "-": {}}
network.sites={oslo: {outages: {up: 1 d}}}
network.sites={rome: {}}
network.origin=0 Mbit/s
application.release={bad: {probability: 0.1, per: site, connectivity: sometimes, link: {rates: [8 Mbit/s]}}}
application.release={bad: {probability: 0.1, per: job, sites: 1, link: 8 Mbit/s}}
application.release={bad: {probability: 0.1, connectivity: {trace: {patterns: [{period: 9 s, times: [0], online: [1]}], match: robot}}}}
application.release={bad: {probability: 0.1, connectivity: {schedule: {online: ["22:00-06:00"], timezone: UTC}}}}
network.origin_connectivity=never
network.origin_connectivity={trace: {patterns: [{period: 60 s, times: [0, 20], online: [1, 0]}], match: robot}}
fleet.dock.connectivity={trace: {patterns: [{period: 60 s, times: [0, 20], online: [1, 0]}], match: robot}}
fleet.dock.connectivity={trace: {patterns: [{period: 60 s, times: [0, 20], online: [1, 0]}], match: name}}
network.origin_connectivity={schedule: {online: ["22:00-06:00"], timezone: UTC}}
network.origin_connectivity={up: 1 d, down: 1 h}
network.origin_connectivity={renewal: {up: 1 ms, down: 1 ms}}
deployment.tags=5
deployment.tags={"": 5}
deployment.fleet=robots
deployment.fleet=5
deployment.fleet=""
deployment.deploymentApplicationConfigs=[]
deployment.deploymentApplicationConfigs=5
deployment.deploymentConfig.concurrentDeploymentPercentage="20"
deployment.deploymentConfig.concurrentDeploymentPercentage=0.2
deployment.deploymentConfig.concurrentDeploymentPercentage=200
deployment.deploymentConfig.concurrentDeploymentPercentage=10-20 %
deployment.deploymentConfig.robotDeploymentTimeoutInSeconds=5 h
deployment.deploymentConfig.robotDeploymentTimeoutInSeconds=long
deployment.deploymentConfig.robotDeploymentTimeoutInSeconds=1.5
deployment.deploymentConfig.robotDeploymentTimeoutInSeconds=5
deployment.deploymentConfig.robotDeploymentTimeoutInSeconds=60
rules.counts=failed
rules.counts=[failed, failed, lost]
rules.concurrency=0
rules.late_convergence=yes
rules.minimum_completed=5
rules={denominator: completed}
rules={denominator: completed, minimum_completed: 50}
rules={denominator: batch, evaluate: batch_end}
rules={failure_limit: 50}
rules={failure_limit: 0}
rules={failure_limit: 2, counts: []}
rules={condition: defer}
rules={cancel_at: 40 d}
rules={observe: 0 s}
rules.rollback=2 min
rules.rollback=5
rules.rollback=[]
rules.start=monday
rules.start=1066-10-14
rules.order=priority
rules.timeout_codes={offline: FleetDeploymentTimeout, working: Aborted}
rules.retries=5
rules.retries={codes: [], max: 0, slot: keep}
rules.retries={codes: [ExtractingBundleFailure, ExtractingBundleFailure, NoSuchCode], max: 1}
rules.retries={codes: [MissingRobotArchitecture, ResourceNotFound, RobotDeploymentAborted, ReportingTimeout], max: 1}
rules.retries={codes: [DownloadConditionFailed, InternalServerError, RobotDeploymentNoResponse, LambdaDeleted], max: 1}
rules.stages=5
rules.stages=[{}]
rules.stages=[{share: 1}]
rules.stages=[{share: 50}]
rules.stages=[{share: 10 %, robots: 5, max_failures: 1, max_failure_share: 1 %}]
rules.stages=[{robots: 0}]
rules.stages=[{cohorts: dock}]
rules.stages=[{cohorts: []}]
rules.stages=[{sites: oslo}]
rules.stages=[{sites: [oslo, oslo, bergen]}, {cohorts: [dock]}]
rules.stages=[{cohorts: [dock]}, {sites: [oslo]}]
rules.stages=[{robots: 5, of: each site}]
rules.stages=[{robots: 5}, {share: 10 %, of: each site}]
rules.stages=[{share: 10 %, of: each site}, {share: 5 %, of: each site}]
rules.stages=[{share: 1 %, of: each site}, {share: 2 %, of: each site}]
rules.stages=[{cohorts: [5]}]
rules.stages=[{cohorts: [dock, dock, quay]}]
rules.stages=[{share: 10 %}, {share: 5 %}]
rules.stages=[{robots: 10}, {share: 10 %}]
rules.stages=[{robots: 50}]
rules.stages=[{robots: 5, max_failures: 5}, {share: 100 %, max_failure_share: 100 %}]
rules.stages=[{robots: 5, soak: 40 d}]
rules={counts: [], stages: [{robots: 5, max_failures: 5}]}
deployment={system: ansibel}
deployment={system: 5, serial: 3}
deployment={system: ansible, serial: [], forks: "5", max_fail_percentage: 12.345, any_errors_fatal: 1, order: sorted, strategy: debug}
deployment={system: ansible, serial: "{{ batch }}", ignore_errors: true, throttle: 3, forks: 0, max_fail_percentage: 101, seriall: 3}
deployment={system: ansible, serial: [5, x], strategy: free, max_fail_percentage: 5, hosts: all, name: x, tasks: []}
deployment={system: ssm, MaxConcurrency: 10, MaxErrors: ten, TimeoutSeconds: 29, Parameters: {executionTimeout: 60}}
deployment={system: ssm, MaxConcurrency: "0", MaxErrors: "101%", Parameters: 5}
deployment={system: stacksets, OperationPreferences: {MaxConcurrentCount: 1, MaxConcurrentPercentage: 5, RegionConcurrencyType: PARALLEL}}
deployment={system: stacksets, Regions: [oslo], OperationPreferences: {FailureTolerancePercentage: 10}}
deployment={system: stacksets, Regions: [oslo, bergen, 5], OperationPreferences: {RegionOrder: [oslo, oslo]}}
deployment={system: stacksets, Regions: [oslo, bergen]}
deployment={system: codedeploy, minimumHealthyHosts: {type: FLEET_PERCENT, value: 120}, deploymentConfigName: CodeDeployDefault.OneAtATime}
deployment={system: codedeploy, minimumHealthyHosts: {type: HOST_COUNT, value: 120}, zonalConfig: {monitorDurationInSeconds: -1}}
deployment={system: codedeploy, minimumHealthyHosts: {value: 5}, computePlatform: ECS, zonalConfig: {minimumHealthyHostsPerZone: 5}}
deployment={system: edgehog}
deployment={system: edgehog, rolloutMechanism: {push: {}}, campaignMechanism: {firmwareUpgrade: {requestRetries: 1.5}}}
deployment={system: iot-jobs, abortConfig: {criteriaList: []}, jobExecutionsRetryConfig: {criteriaList: 5}, timeoutConfig: 5}
deployment={system: iot-jobs, abortConfig: {criteriaList: [{failureType: FAILED, thresholdPercentage: 1.234}]}}
deployment={system: iot-jobs, jobExecutionsRolloutConfig: {maximumPerMinute: 5, exponentialRate: {baseRatePerMinute: 9}}}
deployment={system: greengrass-v2, iotJobConfiguration: {jobExecutionsRolloutConfig: {exponentialRate: {rateIncreaseCriteria: {}}}}}
deployment={system: iot-jobs, schedulingConfig: {startTime: tomorrow, endTime: "2026-01-05 21:00"}}
deployment={system: iot-jobs, schedulingConfig: {startTime: "2026-01-05 20:59", endTime: "2026-01-05 21:00", endBehavior: FORCE_CANCEL}}
deployment={system: iot-jobs, schedulingConfig: {startTime: "2026-01-05 20:00", endTime: "2026-01-05 21:00", endBehavior: CANCEL}}
deployment={system: iot-jobs, schedulingConfig: {maintenanceWindows: [{startTime: "rate(1 day)", durationInMinutes: 1440}]}}
deployment={system: iot-jobs, schedulingConfig: {maintenanceWindows: [{startTime: "cron(0 22 ? * MO *)", durationInMinutes: 5}]}}
"""

#: Whole files that are no scenario.
TEXTS: dict[str, str | bytes] = {
    "binary.yaml": b"fleet: \xff",
    "utf16.yaml": "fleet: []".encode("utf-16"),
    "control.yaml": "fleet: \x01",
    "nested.yaml": "[" * 60,
    "bracket.yaml": "fleet: [",
    "key.yaml": "? {a: b}\n: c\nfleet:",
    "aliases.yaml": "a: &a 1\nb: *b\n",
    "large.yaml": "#" * 1_000_001,
    "number.yaml": "5",
    "nothing.yaml": "",
}

#: Files that cannot be read, by name.
NAMES = ("", "a\nb", ".", "bracket.yml", "missing", "/dev/null", "a\0b")

#: Plain data that no file could hold.
DATA: tuple[Any, ...] = (
    {"fleet": {1, 2}},
    {5: 5},
    {"seed": 10**50},
    {"fleet": json.loads("[" * 60 + "]" * 60)},
)

#: CSV files, as what is described behind them: ``kind: more keys`` of a trace, or ``samples``.
TABLES: tuple[tuple[str, str | bytes], ...] = (
    ("online", b"t,online\n0,\xff\n"),
    ("online", 't,online\n0,"' + "x" * 200_000 + "\n"),
    ("online", ""),
    ("online", "0,1\n1,0\n"),
    ("online", "t\n0\n"),
    ("online", "t,onlin\n0,1\n"),
    ("online", "t,online\n"),
    ("online", "t,online\n0,1\n"),
    ("online", "t,online\n0,1,2\n"),
    ("online", "t,online\n0,maybe\n"),
    ("online", "t,online\n0,1\n0,1\n"),
    ("online", "t,online\n0,1\n0.0001,0\n"),
    ("online", "t,online\n5,1\n0,0\n"),
    ("online", "t,online\nsoon,1\n"),
    ("online", "t,online\n20260101,1\n20260102,0\n"),
    ("online", "t,online\n1767225600000,1\n1767225660000,0\n"),
    ("online", "t,online\n2026-10-25T02:30:00,1\n2026-10-25T02:00:00,0\n"),
    ("online", "t,online\n0,1\n60,0\n600,1\n"),
    ("online, timezone: Europe/Berlin", "t,online\n2026-03-29T02:30,1\n2026-03-29T03:30,0\n"),
    ("online, timezone: Europe/Berlin", "t,online\n2026-10-25T02:30,1\n2026-10-25T02:30,0\n"),
    ("online", "t,online\n0100,1\n0130,0\n"),
    ("online", "t,online\n46327.25,1\n46327.5,0\n46328,1\n46328.25,1\n"),
    ("online", "t,online\n261101,1\n261102,1\n261103,0\n"),
    ("online", "t,online\n2020,1\n2021,1\n2022,0\n"),
    ("online", "t,online\n0,1\n1_000,0\n"),
    ("online", "t;online\n0;1\n500;0\n1.000;1\n"),
    ("online", "t,online,online\n0,1,0\n1,0,1\n"),
    ("online, time_unit: s", "t,online\n2026-01-01,1\n"),
    ("online, period: 10 s", "t,online\n0,1\n60,0\n"),
    ("online, offset: clock", "t,online\n2026-01-01,1\n2026-01-02,0\n"),
    ("online, offset: clock", "t,online\n0,1\n60,0\n"),
    ("online, offset: clock", "t,online\n1e12,1\n1000000000060,0\n"),
    ("online, offset: clock, time_unit: s", "t,online\n1e15,1\n1000000000000060,0\n"),
    ("online, offset: clock, timezone: UTC", "t,online\n2026-01-01T00:00,1\n2026-01-01T10:00,0\n2026-01-01T11:00,0\n"),
    ("online, offset: aligned", "t,online\n2026-01-01T00:00,1\n2026-01-01T10:00,0\n2026-01-01T20:00,0\n"),
    ("rate, unit: Mbit/s", "t,rate\n0,\n"),
    ("rate, unit: Mbit/s", 't,rate\n0,"1,5"\n'),
    ("rate, unit: Mbit/s", 't,rate\n0,"1,250"\n'),
    ("rate, unit: Mbit/s", "t;rate\n0;1.250,5\n"),
    ("rate, unit: Mbit/s", "t;rate\n0;5,5\n1.000;2,5\n"),
    ("rate, unit: Mbit/s", "t;rate\n0;950\n1;1.250\n2;870\n"),
    ("rate, unit: Mbit/s", "t,rate\n0,inf\n"),
    ("rate, unit: Mbit/s", "t,rate\n0,-1\n"),
    ("rate, unit: Mbit/s", "t,rate\n0,1\n1,1\n2,1\n99,1\n"),
    ("rate, unit: Mbit/s", "t,rate\n0,1\n0.001,2\n"),
    ("rate, unit: Mbit/s", "\n" * 1_000_003),
    ("samples, unit: Mbit/s", "rate\n"),
    ("samples, unit: Mbit/s", "rate\n1e300\n"),
)
