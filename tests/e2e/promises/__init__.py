"""The promises of the design, each one a test."""
