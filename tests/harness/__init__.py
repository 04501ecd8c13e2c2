"""What the suites that drive a real server share."""
