"""
A model in ONNX Runtime
=======================

A fitted estimator becomes an ONNX graph, which programs in C++, C#, Java or JavaScript can run.
Its probabilities agree with fastavg's to a few millionths.
"""

import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
from sklearn.model_selection import train_test_split

from fastavg import MLPClassifier, to_onnx
from fastavg.datasets import load_digits5k

X, X_test, y, y_test = train_test_split(*load_digits5k(), test_size=0.3, random_state=0)
model = MLPClassifier((50,), activation="gelu", tol=0.01, random_state=0).fit(X, y)

graph = to_onnx(model)
print("inputs: ", [each.name for each in graph.graph.input])
print("outputs:", [each.name for each in graph.graph.output])

# %%
# Run it, and compare.

session = onnxruntime.InferenceSession(graph.SerializeToString())
label, probabilities = session.run(None, {"X": X_test.astype(np.float32)})[:2]
difference = np.abs(probabilities - model.predict_proba(X_test)).max()
print(f"largest difference of a probability: {difference:.1e}")
print(f"same labels: {np.mean(label == model.predict(X_test)):.1%}")
assert difference < 1e-4

# %%
# How confident it is, for right and for wrong predictions:

sure, right = probabilities.max(axis=1), label == y_test
figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.hist([sure[right], sure[~right]], bins=20, stacked=True, label=["right", "wrong"])
axes.set(xlabel="largest probability", ylabel="test digits", yscale="log")
axes.legend(frameon=False, loc="upper left")
plt.show()
