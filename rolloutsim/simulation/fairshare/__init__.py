"""Max-min fair sharing of links: which flow gets how much, and which is done next.

Read `sharing` (join, leave, finish, next_finish) first; `flow_classes` and `water_filling` are how it takes logarithmic time, `heaps` and
`layout` how it is stored. `shared_links` finds what a scenario shares. Nothing else of the simulation is imported here.
"""
