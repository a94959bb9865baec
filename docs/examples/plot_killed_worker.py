"""
Kill a worker, get the same bits
================================

While a network is trained by two processes, one of them is killed, as the system does when
memory runs out. It is replaced, its work is repeated, and the weights are those of an
undisturbed run, bit for bit.
"""

import hashlib
import os
import signal

import matplotlib.pyplot as plt
import psutil

from fastavg import Execution, Network, Plan, train
from fastavg.datasets import load_digits5k
from fastavg.training.observers.events import Observer, WorkerReplaced

X, y = load_digits5k()
network = Network((400, 100, 10), "relu")
plan = Plan(workers=4, epochs=8, average_every=0.5, seed=0)


def digest(model):
    """SHA-256 of the weights."""
    return hashlib.sha256(model.weights.tobytes()).hexdigest()


undisturbed = train(network, X, y, plan, execution=Execution(processes=2))
print("undisturbed:", digest(undisturbed)[:16])

# %%
# An observer runs in the parent and is told of every round. After the fifth one it kills the
# youngest child process.


class Killer(Observer):
    """Kills a process once, and remembers what is said of it."""

    def __init__(self):
        self.losses, self.replaced = [], None

    def on_round(self, event):
        self.losses.append(event.loss)
        if event.round == 4:
            victim = max(psutil.Process().children(recursive=True), key=lambda each: each.pid)
            os.kill(victim.pid, signal.SIGKILL)

    def on_event(self, event):
        if isinstance(event, WorkerReplaced):
            self.replaced = event


killer = Killer()
killed = train(network, X, y, plan, execution=Execution(processes=2, observers=[killer]))
print("one killed: ", digest(killed)[:16])
print(killer.replaced)
assert digest(killed) == digest(undisturbed)

# %%
# The loss curve does not show where it happened.

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.plot(range(1, len(killer.losses) + 1), killer.losses, marker="o", markersize=3)
axes.axvline(5.5, color="tab:red", linestyle="--", label="one of two processes is killed")
axes.set(xlabel="round", ylabel="training loss")
axes.legend(frameon=False)
plt.show()
