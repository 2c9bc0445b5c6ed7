"""Words: a scenario in plain English, with every default and every assumption.

Read `wording` first (words for values), then `describe`, which asks `links` and `assumptions`; `html` draws the result in a notebook.

May import: `reading`, `parts`, and the modules at the root that describe a whole scenario (`sections`, `calendar`, `stage_sizes`).
"""
