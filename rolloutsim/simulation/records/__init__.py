"""What is kept of replicates, from single rows to result tables.

An engine writes to a `log`; `recorder` makes of it what is kept, by `tables` (the schema of all result tables). `reduction` counts a
replicate by `tally`, `traffic` and `link_usage`; `timeline`, `cells` and `slot_time` are the other tables; `outcomes` joins replicates.
Of the suite, `model`, `fairshare` and `compilation` are imported here, but no engine.
"""
