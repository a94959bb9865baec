"""
A first network
===============

Train a classifier on the 5,000 handwritten digits that come with fastavg, look at how the loss
fell, and at the digits that it gets wrong.
"""

import matplotlib.pyplot as plt
from sklearn.metrics import ConfusionMatrixDisplay
from sklearn.model_selection import train_test_split

from fastavg import MLPClassifier
from fastavg.datasets import load_digits5k

X, X_test, y, y_test = train_test_split(*load_digits5k(), test_size=0.3, random_state=0)
model = MLPClassifier(
    (100,), workers=4, average_every=0.25, learning_rate_init=0.003, tol=1e-3,
    random_state=0,
)
model.fit(X, y)
accuracy = model.score(X_test, y_test)
print(f"test accuracy {accuracy:.3f}")

# %%
# Four workers were averaged four times in each epoch. The loss that is reported is the mean
# over the batches of an epoch, taken before each step.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(range(1, model.n_iter_ + 1), model.loss_curve_, color="tab:blue")
left.set(xlabel="epoch", ylabel="training loss", yscale="log", title="Loss")
ConfusionMatrixDisplay.from_estimator(model, X_test, y_test, ax=right, colorbar=False, cmap="Blues")
right.set(title="Test digits", xlabel="predicted", ylabel="true")
plt.show()

# %%
# The ones that it gets wrong, and what it takes them for:

predicted = model.predict(X_test)
wrong = (predicted != y_test).nonzero()[0][:12]
figure, plots = plt.subplots(2, 6, figsize=(8, 3), layout="constrained")
for axes, row in zip(plots.flat, wrong):
    axes.imshow(X_test[row].reshape(20, 20), cmap="gray_r")
    axes.set_title(f"{y_test[row]} as {predicted[row]}", fontsize=9)
for axes in plots.flat:
    axes.set_axis_off()
plt.show()
