"""
A loss of your own
==================

A forecast of demand that is too low costs four times as much as one that is too high. The loss
says so; two scalar functions, its value and its derivative, are all that it takes.
"""

import matplotlib.pyplot as plt
import numba
import numpy as np

from fastavg import CustomLoss, Network, Plan, train


@numba.njit
def cost(prediction, target):
    error = prediction - target
    return error * error if error > 0 else 4 * error * error


@numba.njit
def slope(prediction, target):
    error = prediction - target
    return 2 * error if error > 0 else 8 * error


draw = np.random.default_rng(0)
day = draw.uniform(-1, 1, 2000)
demand = np.sin(3 * day) + 0.3 * draw.normal(size=2000)
network = Network((1, 32, 32, 1), "tanh", output="identity")

# %%
# The same network with the squared error and with the own loss:

losses = {"squared error": None, "too low costs four times": CustomLoss(cost, slope)}
models = {}
for name, loss in losses.items():
    plan = Plan(workers=2, epochs=60, loss=loss, seed=0)
    models[name] = train(network, day[:, None], demand, plan)

axis = np.linspace(-1, 1, 200)
figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
axes.plot(day, demand, ".", color="lightgray", markersize=3)
for name, model in models.items():
    axes.plot(axis, model.predict(axis[:, None]), label=name)
    low = np.mean(model.predict(day[:, None]) < demand)
    print(f"{name}: {low:.0%} of the forecasts are too low")
axes.set(xlabel="day", ylabel="demand")
axes.legend(frameon=False)
plt.show()
