"""The maintainers' gate."""
