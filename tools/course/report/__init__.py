"""Result files, read and shown: terminal table, curves, one HTML page."""
