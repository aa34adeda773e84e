"""The only importer of redis: the link, the scripts and the keys."""
