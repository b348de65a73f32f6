"""The classifier test on jet observables: gradient-boosted trees."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pyjetsim.evaluate.metrics.classifiers.auc import (
    Auc,
    Values,
    folds_by_event,
    measured,
    training_weights,
)

N_FOLDS = 5
N_TREES = 150
SETTINGS = {"learning_rate": 0.06, "max_leaf_nodes": 16, "min_samples_leaf": 40, "l2_regularization": 1.0}


def trees_auc(
    features: Values,
    is_second: NDArray[np.bool_],
    event: NDArray[np.int64],
    weight: Values | None = None,
) -> Auc:
    """Cross-validated, in N_FOLDS folds by event.

    ``features`` (N, D), the labels, the events and the weights, of either sign, (N,).
    """
    # No early stopping: scikit-learn's own validation part would split events.
    from sklearn.ensemble import HistGradientBoostingClassifier

    fold = folds_by_event(event, N_FOLDS)
    learnt = training_weights(weight, is_second)
    scores = np.zeros(len(event))
    for k in np.unique(fold):
        inside = fold == k
        if len(np.unique(is_second[~inside])) < 2:
            continue  # scores stay equal: nothing learned
        classifier = HistGradientBoostingClassifier(
            max_iter=N_TREES, early_stopping=False, random_state=0, **SETTINGS
        )
        own = None if learnt is None else learnt[~inside]
        classifier.fit(features[~inside], is_second[~inside], sample_weight=own)
        scores[inside] = classifier.decision_function(features[inside])
    return measured([scores], fold, is_second, event, weight)
