"""Code, tables and figures embedded in Markdown: kept the same as their sources."""
