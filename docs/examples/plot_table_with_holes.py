"""
A table with categories and holes
=================================

Words, truth values and missing numbers go in as they are. This table is drawn: rents of flats,
of which a third lack the year of building.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

from fastavg import TabularRegressor

draw = np.random.default_rng(0)
n = 1500
flats = pd.DataFrame({
    "town": draw.choice(["Ulm", "Bonn", "Kiel", "Mainz"], n),
    "square_metres": draw.uniform(20, 120, n).round(1),
    "built": np.where(draw.random(n) < 1 / 3, np.nan, draw.integers(1900, 2025, n)),
    "balcony": draw.choice([True, False], n),
    "door": draw.integers(0, 100, n).astype(float),
})
price = flats["town"].map({"Ulm": 12.0, "Bonn": 14.0, "Kiel": 11.0, "Mainz": 15.0})
newer = np.where(flats["built"] > 1990, 1.25, 1.0)
rent = flats["square_metres"] * price * newer + 80 * flats["balcony"] + draw.normal(0, 30, n)
print(flats.head(4))

# %%
# First look at how every column was understood.

train, test, rent_train, rent_test = train_test_split(flats, rent, random_state=0)
model = TabularRegressor("fast", random_state=0).fit(train, rent_train)
for row in model.columns_.rows():
    print(row)

# %%
# Predictions come with an interval: here nine of ten rents should lie in it. The importance of
# a column is what the score loses when its values are permuted on the test rows; the number of
# the door should have none.

low, high = model.predict_interval(test, coverage=0.9)
inside = np.mean((low <= rent_test) & (rent_test <= high))
print(f"R2 {model.score(test, rent_test):.3f}; {inside:.0%} of the rents inside their interval")

importance = permutation_importance(model, test, rent_test, n_repeats=3, random_state=0)
predicted = model.predict(test)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
left.errorbar(
    predicted, rent_test, xerr=[predicted - low, high - predicted], fmt="o", markersize=3,
    ecolor="lightgray",
)
left.plot([200, 2300], [200, 2300], color="black", linewidth=0.8)
left.set(xlabel="predicted rent, with its interval", ylabel="rent")
order = importance.importances_mean.argsort()
right.barh(flats.columns[order], importance.importances_mean[order])
right.set(xlabel="loss of R² when the column is shuffled")
plt.show()
