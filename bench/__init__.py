"""Measures of the budgets: every figure beside a yardstick of the same run, because machines differ and are noisy."""
