"""./course doctor: what this machine can do. Looks and tries, never changes anything, never needs root."""
