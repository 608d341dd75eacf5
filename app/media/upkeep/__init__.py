"""Upkeep: that everything the tables name lies in storage, that nothing else does, and that it can be made anew.

Whatever is here may be cut at any point and run again: it walks in batches by id, holds one batch at a time, and asks
the rows each time what is to be done. Like the making, it has transactions of its own.
"""
