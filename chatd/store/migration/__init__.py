"""Copying all keys of a server from one Redis to another.

``run`` has the steps, ``copying`` copies a page of keys, ``by_type`` a key whose dump the target
does not take, ``comparing`` looks whether all is there, ``names`` knows what keys are called here
and there.
"""
