"""The client library: connection and chat session, no screen."""
