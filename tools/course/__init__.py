"""The code behind ./course: standard library only, one idea a file."""
