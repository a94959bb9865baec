"""fastavg: feed-forward networks on every core and every node, by averaging models.

Names are imported when they are first used, so that ``import fastavg`` is instant.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fastavg.version import VERSION as __version__

if TYPE_CHECKING:
    from fastavg.data.emphasis import Emphasis as Emphasis
    from fastavg.data.sampling_schemes import Balanced as Balanced
    from fastavg.data.sampling_schemes import Partitions as Partitions
    from fastavg.data.sampling_schemes import Resample as Resample
    from fastavg.data.sampling_schemes import Shards as Shards
    from fastavg.data.sampling_schemes import Stratified as Stratified
    from fastavg.errors import ConfigError as ConfigError
    from fastavg.errors import DataError as DataError
    from fastavg.errors import Diverged as Diverged
    from fastavg.errors import FastavgError as FastavgError
    from fastavg.errors import FileDamaged as FileDamaged
    from fastavg.errors import RankLost as RankLost
    from fastavg.errors import RankMismatch as RankMismatch
    from fastavg.errors import WorkerLost as WorkerLost
    from fastavg.estimators import MLPClassifier as MLPClassifier
    from fastavg.estimators import MLPRegressor as MLPRegressor
    from fastavg.estimators.onnx_pipeline import register_onnx as register_onnx
    from fastavg.estimators.sklearn_exchange import from_sklearn as from_sklearn
    from fastavg.estimators.sklearn_exchange import to_sklearn as to_sklearn
    from fastavg.estimators.tabular.tabular_classifier import TabularClassifier as TabularClassifier
    from fastavg.estimators.tabular.tabular_regressor import TabularRegressor as TabularRegressor
    from fastavg.losses import AbsoluteError as AbsoluteError
    from fastavg.losses import CrossEntropy as CrossEntropy
    from fastavg.losses import CustomLoss as CustomLoss
    from fastavg.losses import Gamma as Gamma
    from fastavg.losses import Hinge as Hinge
    from fastavg.losses import Huber as Huber
    from fastavg.losses import LogCosh as LogCosh
    from fastavg.losses import Poisson as Poisson
    from fastavg.losses import Quantile as Quantile
    from fastavg.losses import ScaledTanh as ScaledTanh
    from fastavg.losses import SquaredError as SquaredError
    from fastavg.models.any_model import load as load
    from fastavg.models.attribution import integrated_gradients as integrated_gradients
    from fastavg.models.committee import Committee as Committee
    from fastavg.models.light import load_light as load_light
    from fastavg.models.model import Model as Model
    from fastavg.models.to_onnx import to_onnx as to_onnx
    from fastavg.networks.custom import CustomActivation as CustomActivation
    from fastavg.networks.network import Network as Network
    from fastavg.plan.execution import Execution as Execution
    from fastavg.plan.plan import Plan as Plan
    from fastavg.plan.stopping_rule import Stopping as Stopping
    from fastavg.solvers import SGD as SGD
    from fastavg.solvers import Adagrad as Adagrad
    from fastavg.solvers import Adam as Adam
    from fastavg.solvers import AdamW as AdamW
    from fastavg.solvers import BacktrackingSGD as BacktrackingSGD
    from fastavg.solvers import ConjugateGradient as ConjugateGradient
    from fastavg.solvers import LayerRates as LayerRates
    from fastavg.solvers import LevenbergMarquardt as LevenbergMarquardt
    from fastavg.solvers import Nadam as Nadam
    from fastavg.solvers import NaturalGradient as NaturalGradient
    from fastavg.solvers import Regularization as Regularization
    from fastavg.solvers import RMSProp as RMSProp
    from fastavg.solvers import Schedule as Schedule
    from fastavg.solvers import ScheduleFreeAdamW as ScheduleFreeAdamW
    from fastavg.solvers import ScheduleFreeSGD as ScheduleFreeSGD
    from fastavg.training.train import train as train
    from fastavg.training.train_committee import train_committee as train_committee
    from fastavg.training.train_parts import train_parts as train_parts

_HOMES = {
    "AbsoluteError": "fastavg.losses",
    "Adagrad": "fastavg.solvers",
    "Adam": "fastavg.solvers",
    "AdamW": "fastavg.solvers",
    "BacktrackingSGD": "fastavg.solvers",
    "Balanced": "fastavg.data.sampling_schemes",
    "Committee": "fastavg.models.committee",
    "ConfigError": "fastavg.errors",
    "ConjugateGradient": "fastavg.solvers",
    "CrossEntropy": "fastavg.losses",
    "CustomActivation": "fastavg.networks.custom",
    "CustomLoss": "fastavg.losses",
    "DataError": "fastavg.errors",
    "Diverged": "fastavg.errors",
    "Emphasis": "fastavg.data.emphasis",
    "Execution": "fastavg.plan.execution",
    "FastavgError": "fastavg.errors",
    "FileDamaged": "fastavg.errors",
    "Gamma": "fastavg.losses",
    "Hinge": "fastavg.losses",
    "Huber": "fastavg.losses",
    "LayerRates": "fastavg.solvers",
    "LevenbergMarquardt": "fastavg.solvers",
    "LogCosh": "fastavg.losses",
    "MLPClassifier": "fastavg.estimators",
    "MLPRegressor": "fastavg.estimators",
    "Model": "fastavg.models.model",
    "Nadam": "fastavg.solvers",
    "NaturalGradient": "fastavg.solvers",
    "Network": "fastavg.networks.network",
    "Partitions": "fastavg.data.sampling_schemes",
    "Plan": "fastavg.plan.plan",
    "Poisson": "fastavg.losses",
    "Quantile": "fastavg.losses",
    "RMSProp": "fastavg.solvers",
    "RankLost": "fastavg.errors",
    "RankMismatch": "fastavg.errors",
    "Regularization": "fastavg.solvers",
    "Resample": "fastavg.data.sampling_schemes",
    "SGD": "fastavg.solvers",
    "ScaledTanh": "fastavg.losses",
    "Schedule": "fastavg.solvers",
    "ScheduleFreeAdamW": "fastavg.solvers",
    "ScheduleFreeSGD": "fastavg.solvers",
    "Shards": "fastavg.data.sampling_schemes",
    "SquaredError": "fastavg.losses",
    "Stopping": "fastavg.plan.stopping_rule",
    "Stratified": "fastavg.data.sampling_schemes",
    "TabularClassifier": "fastavg.estimators.tabular.tabular_classifier",
    "TabularRegressor": "fastavg.estimators.tabular.tabular_regressor",
    "WorkerLost": "fastavg.errors",
    "from_sklearn": "fastavg.estimators.sklearn_exchange",
    "integrated_gradients": "fastavg.models.attribution",
    "load": "fastavg.models.any_model",
    "load_light": "fastavg.models.light",
    "register_onnx": "fastavg.estimators.onnx_pipeline",
    "to_onnx": "fastavg.models.to_onnx",
    "to_sklearn": "fastavg.estimators.sklearn_exchange",
    "train": "fastavg.training.train",
    "train_parts": "fastavg.training.train_parts",
    "train_committee": "fastavg.training.train_committee",
}

__all__ = [*_HOMES, "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from fastavg.kernels.jit.plain_path import plain_search_path

        # NumPy, SciPy and scikit-learn ask what is installed when they are first imported.
        with plain_search_path():
            return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fastavg' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
