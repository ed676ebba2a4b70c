"""Orders set against what was measured: which orders there are, and what each day came to."""
