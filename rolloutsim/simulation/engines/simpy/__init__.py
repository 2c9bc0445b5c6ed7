"""The engine to read and to extend: processes of SimPy that ask the model what happens next, wait for it, and let it happen.

Read `engine` first; `clock` (events at instants, slots), `queue` (robots that wait) and `network` (shared links) serve it.
"""
