"""Making: the steps that turn an uploaded file into what people play, one task at a time, in a worker.

Each step computes in a scratch folder and stores objects under names that hold its lease number; rows are written in
one transaction that proves the lease. So a step may die anywhere, run twice, or come back too late, without harm.
"""
