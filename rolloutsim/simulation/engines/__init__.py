"""Two engines with one model and the same results to the last bit: `simpy` is the one to read, `compiled` the one for large work.

They import `model`, `fairshare` and `records`, never each other.
"""
