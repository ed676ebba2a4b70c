"""Lists of names that authorities hand out: read, compared, kept; and the list of names that are never asked."""
