"""The engine for large work: one loop over an event queue, compiled by numba.

Read `loop` first, then `controller` (the job), `robot_steps` (a robot), `waiting` (the line) and `event_queue`. `state` is what all of
them work on, and `engine` calls the loop from Python.
"""
