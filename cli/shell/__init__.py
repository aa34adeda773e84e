"""The commands of the shell: one file each, which is loaded when its command runs."""
