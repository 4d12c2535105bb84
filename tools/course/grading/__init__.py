"""The report card and its exports."""
