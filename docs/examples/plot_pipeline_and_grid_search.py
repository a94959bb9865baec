"""
A pipeline and a grid search
============================

An estimator of fastavg works like one of scikit-learn's: it can end a pipeline, and a grid
search can try its parameters. The search uses the processors, and each fit runs inside the
processes of the search.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import MLPClassifier

X, X_test, y, y_test = train_test_split(*load_digits(return_X_y=True), random_state=0)
pipeline = make_pipeline(
    StandardScaler(), MLPClassifier((50,), tol=0.01, n_iter_no_change=5, random_state=0)
)
grid = {
    "mlpclassifier__learning_rate_init": [3e-4, 1e-3, 3e-3, 1e-2, 3e-2],
    "mlpclassifier__alpha": [1e-4, 1e-2, 1.0],
}
search = GridSearchCV(pipeline, grid, cv=3)
search.fit(X, y)
print(search.best_params_)
accuracy = search.score(X_test, y_test)
print(f"held-out accuracy {search.best_score_:.3f}, test accuracy {accuracy:.3f}")

# %%
# The mean accuracy over three folds. The learning rate matters most:

rates, penalties = grid.values()
scores = search.cv_results_["mean_test_score"].reshape(len(penalties), len(rates))
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
image = axes.imshow(scores, cmap="viridis", aspect="auto")
for row, column in np.ndindex(scores.shape):
    axes.text(column, row, f"{scores[row, column]:.3f}", ha="center", va="center", color="white")
axes.set_xticks(range(len(rates)), rates)
axes.set_yticks(range(len(penalties)), penalties)
axes.set(xlabel="learning_rate_init", ylabel="alpha")
figure.colorbar(image, label="accuracy")
plt.show()
