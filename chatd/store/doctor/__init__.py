"""What ``chatd doctor`` asks a Redis, and what it thinks of the answers.

``collect`` asks the nodes, with ``acl`` what the user may do;
``facts`` is what it brings. ``nodes`` and ``groups`` are tables of checks: a check takes facts and
gives findings. Nothing is changed.
"""
