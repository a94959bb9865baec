"""
Callbacks
=========

Functions that are called after every epoch: one that draws, one that stops, and one that keeps
the best model in a file.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

from fastavg import MLPClassifier, load
from fastavg.datasets import load_digits5k
from fastavg.estimators.callbacks.ready_made import EarlyStop, SaveBest

X, y = load_digits5k()
seen = []

with tempfile.TemporaryDirectory() as folder:
    best = Path(folder) / "best.safetensors"
    model = MLPClassifier(
        (50,), dropout=0.3, early_stopping=True, n_iter_no_change=50, random_state=0,
        callbacks=[
            seen.append,
            EarlyStop(patience=8, monitor="validation_score"),
            SaveBest(best, monitor="validation_score"),
        ],
    )
    model.fit(X, y)
    print(len(seen), "epochs;", "accuracy of the saved model", load(best).score(X, y))

# %%
# Each call gets the number of the epoch, the losses, the score of the held-out rows and the
# seconds, and can make an estimator with the weights of that epoch.

epochs = [epoch.number for epoch in seen]
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.3), layout="constrained")
left.plot(epochs, [epoch.loss for epoch in seen], label="training rows, with dropout")
left.plot(epochs, [epoch.validation_loss for epoch in seen], label="held-out rows")
left.set(xlabel="epoch", ylabel="loss", yscale="log")
left.legend(frameon=False)
right.plot(epochs, [epoch.validation_score for epoch in seen], color="tab:green")
right.set(xlabel="epoch", ylabel="accuracy of held-out rows")
plt.show()
