"""How good probabilities are, as the platform measures it."""

import numpy as np


def log_loss(probability, late):
    p = np.clip(np.asarray(probability, np.float64), 1e-7, 1 - 1e-7)
    return float(-np.mean(np.where(late > 0, np.log(p), np.log(1 - p))))


def skill(probability, late):
    """1 is perfect, 0 no better than the constant rate of these rows."""
    return 1 - log_loss(probability, late) / log_loss(np.full(len(late), np.mean(late)), late)


def auc(probability, late):
    late = np.asarray(late) > 0
    _, group, size = np.unique(probability, return_inverse=True, return_counts=True)
    rank = (np.cumsum(size) - (size - 1) / 2)[group]  # ties share their middle rank
    positives, negatives = late.sum(), (~late).sum()
    return float((rank[late].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def calibration_error(probability, late, bins=20):
    """Mean gap of forecast and outcome over bins of equal count."""
    parts = np.array_split(np.argsort(probability, kind="stable"), bins)
    return float(sum(len(part) * abs(probability[part].mean() - late[part].mean()) for part in parts) / len(late))


def summary(probability, late):
    return {"auc": auc(probability, late), "log_loss": log_loss(probability, late), "skill": skill(probability, late),
            "ece": calibration_error(probability, late), "late_rate": float(np.mean(late))}
