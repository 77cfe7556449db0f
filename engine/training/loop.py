"""The training loop without a run folder: for comparisons and tests. It is the same course as that of a run."""

from __future__ import annotations

from collections.abc import Callable

from lightning_fabric import Fabric

from engine.domain.training import EpochLine
from engine.models.contract import FusionModel
from engine.training.at_once import fitted_log_losses
from engine.training.cases import LabelledCases
from engine.training.course import Course
from engine.training.devices import make_fabric
from engine.training.recipe import Recipe
from engine.training.trained import Trained

__all__ = ["Trained", "fit", "fitted"]


def fit(
    model: FusionModel,
    training: LabelledCases,
    validation: LabelledCases,
    recipe: Recipe,
    on_step: Callable[[int, int, str], None] | None = None,
    *,
    fabric: Fabric | None = None,
) -> Trained:
    """Train a model in place.

    Same seed, data, machine and number of threads give the same weights. Ctrl-C ends it with the best epoch so far.

    Raises
    ------
    KeyboardInterrupt
        Stopped before the first epoch was done, so that there is nothing to keep.
    """
    if model.fits_at_once:
        return fitted(model, training, validation)
    fabric = fabric or make_fabric("cpu", precision=recipe.schedule.precision)
    course = Course(fabric, model, training, validation, recipe)
    said = ""

    def tell() -> None:
        if on_step:
            on_step(course.step, course.steps, said)

    while not course.is_over:
        try:
            line = course.run_epoch(tell)
            said = f"validation log loss {line.validation_log_loss:.4f}"
            tell()
        except KeyboardInterrupt:
            if course.best is None:
                raise
            return course.trained(stopped=True)
    return course.trained()


def fitted(model: FusionModel, training: LabelledCases, validation: LabelledCases, fold: int = 0) -> Trained:
    """The same for models that are fitted in one go."""
    own, others, seconds = fitted_log_losses(model, training, validation)
    line = EpochLine(
        fold=fold,
        epoch=1,
        losses={"total": round(own, 6)},
        validation_log_loss=others,
        validation_auc=None,
        lr=0.0,
        images_per_s=0.0,
        seconds=seconds,
    )
    state = {n: t.detach().clone() for n, t in model.state_dict().items()}
    return Trained(state=state, best=line, history=(line,))
