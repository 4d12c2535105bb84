"""A handler against the reference, in one session; and the board of such results."""
