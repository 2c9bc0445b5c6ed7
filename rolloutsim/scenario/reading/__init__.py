"""Reading: from the text of a file to plain data, numbers, quantities and samples; nothing here knows what a scenario is.

Read `problems` first (what validators raise), then `numbers`, `units` and `quantities`, `distribution_io`, and `source` (YAML with its
lines and columns). `data_files`, `csv_files`, `csv_columns` and `times` read the files that a scenario names.

May import: the ground floor, and nothing else of `rolloutsim.scenario`.
"""
