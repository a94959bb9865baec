"""
Averaging rules compared
========================

An averaging rule decides what is done with the mean of the workers, here of eight. Plain averaging
continues from the mean; other rules have momentum, adapt their step to each weight, move workers
only part of the way, or publish a moving average. Every rule gets the same rows, the same solver
and the same number of averages.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

from fastavg import SGD, Execution, Network, Plan, train
from fastavg.averaging import CenterEMA, DiLoCo, ElasticAveraging, FedAdam, Mean, SlowMo
from fastavg.datasets import load_digits5k
from fastavg.training.observers.events import Observer

X, X_test, y, y_test = train_test_split(*load_digits5k(), test_size=0.3, random_state=0)
network = Network((400, 50, 10), "relu")
rules = {
    "mean": Mean(),
    "SlowMo, momentum 0.5": SlowMo(momentum=0.5),
    "DiLoCo": DiLoCo(),
    "FedAdam": FedAdam(rate=0.01),
    "elastic": ElasticAveraging(),
    "mean, moving average published": CenterEMA(decay=0.8),
}


class Loss(Observer):
    """The mean training loss of each round."""

    weights_at = "block"

    def __init__(self):
        self.values = []

    def on_round(self, event):
        self.values.append(event.loss)


# %%
# Ten epochs, four averages in each. The accuracy is that of the weights that the rule
# publishes.

curves, accuracies = {}, {}
for name, rule in rules.items():
    scores = []
    for seed in range(3):
        plan = Plan(
            workers=8, epochs=10, average_every=0.25, batch_size=16,
            solver=SGD(0.1, momentum=0.9), averaging=rule, init="he", seed=seed,
        )
        seen = Loss()
        model = train(network, X, y, plan, execution=Execution(observers=[seen]))
        scores.append(model.score(X_test, y_test))
    curves[name], accuracies[name] = seen.values, scores

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for name, values in curves.items():
    left.plot(np.arange(1, len(values) + 1) / 4, values, label=name)
left.set(xlabel="epoch", ylabel="training loss of the workers", yscale="log")
left.legend(fontsize="small", frameon=False)
for place, scores in enumerate(accuracies.values()):
    right.plot(scores, [place] * len(scores), "o", color=f"C{place}")
right.set_yticks(range(len(rules)), rules)
right.invert_yaxis()
right.set(xlabel="test accuracy, three seeds")
plt.show()

# %%
# With averages as frequent as these plain averaging is hard to beat. Momentum between rounds
# overshoots: SlowMo loses one to two points, and DiLoCo, whose constants are made for hundreds of
# steps between averages, five. Such rules pay if rounds are long.
