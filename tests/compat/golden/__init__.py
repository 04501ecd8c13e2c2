"""A script of calls of MLflow's REST, and what the real `mlflow server` answers to it."""
