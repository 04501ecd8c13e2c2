"""Scenarios that the unmodified Python clients of MLflow play, each version in an environment of its own."""
