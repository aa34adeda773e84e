"""IRC grammar for both sides: no I/O, imports no other layer."""
