"""Checks: what does not fit together although every part is right by itself, one module per topic.

Read `consistency` first: it asks all the others. Each yields a `Problem` per thing: an error, a warning or a note.

May import: `reading`, `parts`, and the modules at the root that describe a whole scenario (`sections`, `model`, `calendar`, `stage_sizes`).
"""
