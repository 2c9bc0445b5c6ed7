"""Likely faults, one change each; `tests.faults` tries them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["FAULTS", "Fault"]


class Fault(NamedTuple):
    """A change that must make a test fail.

    Attributes
    ----------
    tests
        Files of the tests that should find it, below `tests`, with blanks between them.
    file
        Below `rolloutsim`.
    old, new
        Text that occurs once in the file, and what takes its place.
    """

    tests: str
    file: str
    old: str
    new: str


_RULES, _EVENTS, _JOB = "simulation/model/rules.py", "simulation/model/events.py", "simulation/model/job.py"
_REFERENCE = "simulation/test_codes.py simulation/test_reference.py"

_SIMPY, _AFTER = "simulation/engines/simpy/engine.py", "simulation/test_after_success.py"

FAILURES_AFTER_SUCCESS = (
    Fault(_AFTER, _RULES, "return gate.soak > 0.0 or (rules.follows and is_limited(gate))", "return gate.soak > 0.0"),
    Fault(_AFTER, "simulation/model/make_rules.py", "gate_order=CANCEL if follows else PASSED", "gate_order=PASSED"),
    Fault(_AFTER, "simulation/model/make_rules.py", "counts=_bits(rules.counts) | LATENT_KIND", "counts=_bits(rules.counts)"),
    Fault(_AFTER, _JOB, "(scope == STAGE and stage != job.stages)", "(scope == STAGE and stage == job.stages)"),
    Fault(_AFTER, _JOB, "(scope == BATCH and batch != job.batches)", "(scope == BATCH and batch == job.batches)"),
    Fault(_AFTER, _JOB, "job.failures[scope * SETS + kind] -= 1", "job.failures[scope * SETS + kind] -= 0"),
    Fault(_AFTER, "simulation/model/draws.py", "known = r.t + ppf(", "known = r.granted + ppf("),
    Fault(
        _AFTER,
        "simulation/records/regressions.py",
        "(regressed <= max(observe, columns.job.ended_s))",
        "(regressed <= observe)",
    ),
    Fault(_AFTER, "simulation/records/regressions.py", "observe - regressed", "columns.job.ended_s - regressed"),
    Fault(_AFTER, _SIMPY, "if self.rules.follows and robot.regressed >= 0", "if self.rules.follows and robot.regressed > self.clock.now"),
)

RULES_AND_EVENTS = (
    Fault("simulation/test_rules.py", _RULES, "return left > right if row.exceeds else left >= right", "return left > right"),
    Fault("simulation/test_stops.py", _JOB, "if job.completed < row.minimum:", "if job.completed <= row.minimum:"),
    Fault(
        "simulation/test_rules.py",
        _RULES,
        "return NO_RESPONSE if verdict == NO_RESPONSE_CODE else TIMEOUT",
        "return TIMEOUT",
    ),
    Fault("simulation/test_stages.py", _RULES, "failures > gate.max_failures:", "failures >= gate.max_failures:"),
    Fault(
        "simulation/test_skip.py simulation/test_rules.py",
        "simulation/model/dispatch.py",
        "if rules.offline == SKIP and job.in_flight == 0:",
        "if rules.offline == SKIP:",
    ),
    Fault(
        "simulation/test_skip.py simulation/test_rules.py",
        "simulation/model/dispatch.py",
        "return rules.offline != HOLD",
        "return rules.offline == SKIP",
    ),
    Fault(
        "simulation/test_deadlines.py",
        "simulation/model/deadlines.py",
        "return abs(t - deadline) <= math.ldexp(",
        "return abs(t - deadline) < math.ldexp(",
    ),
    Fault("simulation/test_deadlines.py", "simulation/model/deadlines.py", "return t if t > r.t else r.t", "return t"),
    Fault(_REFERENCE, _EVENTS, "and not r.up and not plan.resume:", "and not r.up:"),
    Fault(_REFERENCE, _EVENTS, "r.slot += r.t - r.granted", "r.slot = r.t - r.granted"),
    Fault(_REFERENCE, _EVENTS, "r.downtime += r.launched - r.down_since", "r.downtime += r.t - r.down_since"),
    Fault(_REFERENCE, "simulation/model/retries.py", "retries_by(r, row) >= plan", "retries_by(r, row) > plan"),
    Fault(_REFERENCE, _EVENTS, "decide(r, FAILED if r.up else NO_RESPONSE, code", "decide(r, NO_RESPONSE if r.up else FAILED, code"),
    Fault(_REFERENCE, "simulation/model/transitions.py", "if r.wake < r.stop:", "if r.wake <= r.stop:"),
    Fault("simulation/test_deadlines.py " + _REFERENCE, "simulation/model/transitions.py", "while end <= r.stop:", "while end < r.stop:"),
    Fault(_REFERENCE, _JOB, "if returning and job.cause < 0:", "if returning:"),
    Fault(
        "simulation/test_rules.py " + _REFERENCE,
        _JOB,
        "if job.batch_left == 0 if rules.batch_end else job.failing or rules.recounts:",
        "if job.in_flight == 0 if rules.batch_end else job.failing or rules.recounts:",
    ),
    Fault(_REFERENCE, _JOB, "    if job.cause < 0:\n        job.cause = cause\n", "    job.cause = cause\n"),
    Fault("simulation/test_stages.py", "simulation/model/stages.py", "left = order[~np.isin(cohort, self._claimed)]", "left = order"),
    Fault(
        "simulation/test_outages.py",
        "simulation/model/connectivity.py",
        "r.until = min(r.own_until, r.site_until)",
        "r.until = max(r.own_until, r.site_until)",
    ),
)

_MEANS, _ESTIMATES = "analysis/means.py", "analysis/estimates.py"
_OF_MEANS = "analysis/test_means.py analysis/test_estimates.py"

ESTIMATES = (
    Fault("analysis/test_estimates.py", _MEANS, "betaincinv(k + 1, n - k, 1 - tail)", "betaincinv(k + 1, n - k + 1, 1 - tail)"),
    Fault(_OF_MEANS, _MEANS, "math.sqrt(_moment(x, 2) / (n - 1) / n)", "math.sqrt(_moment(x, 2) / n / n)"),
    Fault(_OF_MEANS, _MEANS, "half + max(-skew, 0.0), half + max(skew, 0.0)", "half + max(skew, 0.0), half + max(-skew, 0.0)"),
    Fault("analysis/test_paired.py", _MEANS, "weights = [weight / size if size", "weights = [weight / len(self.labels) if size"),
    Fault("analysis/test_estimates.py", _ESTIMATES, "if n < needed:", "if n <= needed:"),
    Fault("analysis/test_estimates.py", _ESTIMATES, '1 - tail, side="left")]) + 1', '1 - tail, side="left")])'),
    Fault("analysis/test_estimates.py", _ESTIMATES, "position = (len(x) - 1) * q", "position = len(x) * q"),
    Fault("analysis/test_paired.py", "analysis/paired.py", "(len(order) - rank) * p_values[i]", "(len(order) - rank - 1) * p_values[i]"),
    Fault(
        "analysis/test_deciding.py",
        "analysis/deciding.py",
        "if not estimate.estimable or math.isnan(estimate.low):",
        "if not estimate.estimable:",
    ),
    Fault("analysis/test_curves.py", "analysis/curves.py", "math.floor((n + 1) * (1 - coverage)", "math.floor(n * (1 - coverage)"),
)

STORE = (
    Fault("study/test_files.py study/test_store.py", "study/store/disk.py", "            os.fsync(file.fileno())\n", "            pass\n"),
    Fault("study/test_files.py study/test_store.py", "study/store/disk.py", "            temporary.unlink()\n", "            pass\n"),
    Fault(
        "study/test_records.py study/test_damage.py",
        "study/store/control_files.py",
        "if not old and digest != _digest(content):",
        "if not old and digest is None:",
    ),
    Fault(
        "study/test_records.py study/test_store.py",
        "study/store/control_files.py",
        ' or any(sign in name for sign in "/\\\\\\0"):',
        ":",
    ),
    Fault(
        "study/test_parquet.py study/test_damage.py",
        "study/store/parquet.py",
        "if _digest(self._stream) != digest:",
        "if digest and _digest(self._stream) != digest:",
    ),
    Fault(
        "study/test_store.py study/test_sweep.py",
        "study/store/arrow_rows.py",
        "range(int(run[0]), int(run[-1]) + 1)",
        "range(int(run[0]), int(run[-1]))",
    ),
    Fault(
        "study/test_store.py study/test_damage.py",
        "study/store/store.py",
        '(f"{path.name}.{number}" if number else path.name)',
        "path.name",
    ),
    Fault(
        "study/test_run_store.py study/test_resumed_runs.py",
        "study/store/run_store.py",
        "np.arange(start, min(first + self._size, until))",
        "np.arange(start, first + self._size)",
    ),
    Fault(
        "study/test_run_store.py study/test_resumed_runs.py",
        "study/store/run_parts.py",
        "        self._record(number).unlink(missing_ok=True)\n",
        "",
    ),
    Fault("study/test_locks.py study/test_store.py", "study/store/locks.py", "fcntl.LOCK_EX if alone else fcntl.LOCK_SH", "fcntl.LOCK_SH"),
)

COMMAND_LINE = (
    Fault(
        "cli/test_check.py",
        "cli/check.py",
        '{"crashed": 3, "fail": 1, "undecided": 4, "pass": 0}',
        '{"crashed": 3, "undecided": 4, "fail": 1, "pass": 0}',
    ),
    Fault("cli/test_compare.py", "cli/run.py", "raise click.exceptions.Exit(4)", "raise click.exceptions.Exit(1)"),
    Fault("cli/test_numbers.py", "cli/types.py", "not self.least <= number <= self.most", "not self.least <= number < self.most"),
    Fault("cli/test_terminals.py", "cli/output.py", 'bool(os.environ.get("NO_COLOR"))', '"NO_COLOR" in os.environ'),
    Fault(
        "cli/test_terminals.py cli/test_commands.py",
        "cli/output.py",
        "max(_NARROWEST, min(_WIDEST, shutil",
        "max(_NARROWEST, max(_WIDEST, shutil",
    ),
    Fault("cli/test_check.py cli/test_mistakes.py", "cli/check.py", "        make_folder(file.parent)\n", "        pass\n"),
    Fault("cli/test_sweep.py cli/test_mistakes.py", "cli/sweep.py", "not 1 <= part <= parts", "not 0 <= part < parts"),
    Fault(
        "cli/test_commands.py cli/test_run.py",
        "cli/scenarios.py",
        'echo(f"{problem.severity}: {problem}", err=True)',
        'echo(f"{problem.severity}: {problem}")',
    ),
    Fault("cli/test_commands.py cli/test_mistakes.py", "cli/validate.py", "if not all(entry[", "if not any(entry["),
    Fault(
        "cli/test_streams.py",
        "cli/streams.py",
        "isinstance(error, BrokenPipeError) and not self._failed",
        "isinstance(error, BrokenPipeError)",
    ),
)

_FAMILIES, _COMPOSITE, _TABLE = "distributions/families.py", "distributions/composite.py", "distributions/table.py"
_CONTRACT = "distributions/test_oracles.py distributions/test_length_biased.py distributions/test_contract.py"

DISTRIBUTIONS = (
    Fault(_CONTRACT, _FAMILIES, "self.median * exp(self.sigma * self.sigma)", "self.median * exp(0.5 * self.sigma * self.sigma)"),
    Fault(_CONTRACT, _FAMILIES, "exp(log_gamma(1.0 + 1.0 / self.shape))", "exp(log_gamma(1.0 / self.shape))"),
    Fault(_CONTRACT, _FAMILIES, "math.sqrt(log1p(ratio * ratio))", "math.sqrt(log1p(ratio))"),
    Fault(_CONTRACT, _FAMILIES, "return self.sd, k, normal_cdf(-k), normal_cdf(k)", "return self.sd, k, normal_cdf(k), normal_cdf(-k)"),
    Fault(_CONTRACT, _COMPOSITE, "bisect.bisect_left(self.values, x)", "bisect.bisect_right(self.values, x)"),
    Fault(_CONTRACT, _COMPOSITE, "type(self)(self.of.scaled(factor), self.by * factor)", "type(self)(self.of.scaled(factor), self.by)"),
    Fault(
        _CONTRACT,
        _COMPOSITE,
        "self.of.below(self.low), self.of.mass(self.low, self.high)",
        "self.of.below(self.low), self.of.cdf(self.high)",
    ),
    Fault(_CONTRACT, _TABLE, "(u - a) / (1.0 - a)", "u - a"),
    Fault(_CONTRACT, "distributions/bounded.py", "u * ((high - low) * (mode - low))", "u * ((high - low) * (high - mode))"),
    Fault(_CONTRACT, _COMPOSITE, "max(math.ceil(u * count) - 1, 0)", "math.floor(u * count)"),
)

_GROUPS, _GROUP_TESTS = "simulation/records/groups.py", "simulation/test_groups.py analysis/test_groups.py"

GROUPS = (
    Fault(_GROUP_TESTS, _GROUPS, "np.partition(own, np.unique(places))[places]", "own[places]"),
    Fault(_GROUP_TESTS, _GROUPS, "releases[fleet.sites.of_cohort.index(site)]", "releases[site]"),
    Fault(
        _GROUP_TESTS, "simulation/records/link_totals.py", "np.column_stack([8.0 * largest, shares])", "np.column_stack([largest, shares])"
    ),
    Fault(
        _GROUP_TESTS,
        "simulation/records/reduction.py",
        'columns["sites"]["release"].reshape(n, -1).sum(axis=1)',
        'columns["sites"]["release"].reshape(n, -1).max(axis=1)',
    ),
    Fault(_GROUP_TESTS, "analysis/replicates.py", 'if group is not None and group.kind == "site":', "if group is None:"),
    Fault(_GROUP_TESTS, "analysis/codes.py", "own = (numbers == names.index(group.name))", "own = (numbers >= names.index(group.name))"),
    Fault("analysis/test_group_summary.py", "analysis/group_summary.py", "(len(estimates) - 2) // 2", "(len(estimates) - 1) // 2"),
    Fault(
        "study/test_groups.py",
        "study/store/arrow_rows.py",
        "pa.concat_tables([widened(part, extras) for part in parts])",
        "pa.concat_tables(parts)",
    ),
)

FAULTS: dict[str, tuple[Fault, ...]] = {
    "rules": RULES_AND_EVENTS,
    "after_success": FAILURES_AFTER_SUCCESS,
    "estimates": ESTIMATES,
    "store": STORE,
    "cli": COMMAND_LINE,
    "distributions": DISTRIBUTIONS,
    "groups": GROUPS,
}
