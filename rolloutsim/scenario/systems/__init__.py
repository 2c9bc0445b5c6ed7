"""The configurations of other systems as plain rules: one file per system, each a table of its native keys and a pure function.

Read `keys` (what a table of keys holds and how a configuration is read by it) and `system` (what a system is, and what it derives), then
any system, e.g. `ansible`. `registry` lists them, `expansion` puts the plain rules in the place of a configuration, and `statuses` has the
systems' own words for what happened.

May import: `reading`, `parts` and `sites`.
"""
