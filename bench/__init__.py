"""Measures this server against others, on one machine, in one run. See README.md."""
