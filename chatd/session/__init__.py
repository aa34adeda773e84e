"""One client's protocol state, without sockets."""
