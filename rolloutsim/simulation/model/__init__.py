"""What happens to a robot and to a job, written once: both engines call these functions, as plain Python or compiled.

Read `robot` (its state), `transitions` (the phases), `events` (what follows), `connectivity` (the link), `dispatch` and `rules` (which
robots start, and when it is too many failures), `job`, `stages`; then how chance decides: `causes`, `draws`, `initial_state`.
`model_tables` is a scenario in numbers, which `make_tables` and `make_rules` produce.
The model imports no engine and no record; of the suite only `fairshare`, `compilation` and `memory`.
"""
