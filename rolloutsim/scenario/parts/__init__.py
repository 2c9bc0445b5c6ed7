"""Parts: what a user writes, one module per section of a scenario file, each a value with the fields that it has.

Read `fields` and `amounts` first (the types of fields), then `fleet`, `network`, `application` with `steps`, `deployment`, `rules` with
`stages`, and `experiment`. `connectivity`, `schedule`, `traces` and `readiness` describe when a robot is online or ready.

May import: `reading`.
"""
