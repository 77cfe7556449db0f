"""The sentences of the AI panel: probability, doubt, contributions and cautions in plain words. No Qt."""

from __future__ import annotations

from engine.domain.prediction import Doubt, Prediction
from engine.domain.task import Task
from workstation.words import later, tr

NO_DROPOUT = later("no dropout in this model")
NOTHING_DRAWN = later("no dropout in the part of the model that answered")
"""As `Doubt.why_none` says it."""


def percent(probability: float) -> str:
    """Whole percent; the ends are never claimed."""
    if probability < 0.01:
        return "< 1 %"
    if probability > 0.99:
        return "> 99 %"
    return f"{probability * 100:.0f} %"


def signed(value: float) -> str:
    """Log-odds with a proper sign and one decimal."""
    text = f"{abs(value):.1f}"
    return text if float(text) == 0 else f"{'+' if value > 0 else '−'}{text}"


def positive_words(task: Task) -> str:
    """What the figure is the probability of."""
    if task.is_binary:
        return f"“{task.positive_class}”"
    return tr("{stage} or higher", stage=task.positive_class) if task.ordinal else task.positive_class


def doubt_words(doubt: Doubt | None) -> tuple[str, str]:
    """How far the answer moves with dropout, and what that means."""
    if doubt is None:
        return tr("Measuring how sure the model is …"), ""
    if doubt.low is None or doubt.high is None or doubt.total is None:
        why = tr("No range: {why}.", why=tr(doubt.why_none))
        return why, tr("A range comes from repeated passes in which parts of the model are switched off at random.")
    low, high = percent(doubt.low), percent(doubt.high)
    if low == high:
        words = tr("{low} over {passes} dropout passes", low=low, passes=doubt.passes)
    else:
        words = tr("{low} to {high} over {passes} dropout passes", low=low, high=high, passes=doubt.passes)
    meaning = tr(
        "In {passes} repeated passes, parts of the model are switched off at random; nine of ten answers lie in the "
        "band.\nUncertainty {total:.3f} (entropy in nats): {aleatoric:.3f} because the case itself is undecided, "
        "{epistemic:.3f} because the passes contradict each other.\nIt tells what the model is unsure of by "
        "itself, not what it was never taught.",
        passes=doubt.passes,
        total=doubt.total,
        aleatoric=doubt.aleatoric or 0.0,
        epistemic=doubt.epistemic or 0.0,
    )
    return words, meaning


def set_words(prediction: Prediction) -> tuple[str, str]:
    """Which classes the model cannot rule out at its promised coverage, and what that promise is."""
    if prediction.set_coverage is None:
        return "", ""
    share = f"{100 * prediction.set_coverage:.0f} %"
    held = prediction.prediction_set
    if not held:
        words = tr("At {share}: no class fits", share=share)
    elif len(held) == len(prediction.classes) and len(held) > 1:
        words = tr("At {share}: undecided, any class is possible", share=share)
    elif len(held) == 1:
        words = tr("At {share}: {name} only", share=share, name=held[0])
    else:
        words = tr("At {share}: {first} to {last}", share=share, first=held[0], last=held[-1])
    meaning = tr(
        "Prediction set: of cases like those the model was calibrated on, in {share} the truth is among the classes "
        "named here. Two classes mean that the case cannot be decided at this level.",
        share=share,
    )
    return words, meaning


def contribution_words(task: Task, prediction: Prediction) -> tuple[str, str]:
    """What the bars are, and more of it."""
    if prediction.shapley is None:
        return tr("Working out what each input contributes …"), ""
    words = tr("Shapley values in log-odds of {positive}: right raises, left lowers.", positive=positive_words(task))
    lines = [
        tr("What each input adds to the log-odds, averaged over every order in which the inputs could be shown."),
        tr("1.0 multiplies the odds by 2.7. They add up to this answer minus what the model says without any input."),
    ]
    alone = [
        f"{task.modality_label(m)} {signed(value)}"
        for m, value in (prediction.contributions or {}).items()
        if prediction.present.get(m)
    ]
    if alone:
        lines.append(tr("What is lost when it alone is left out: {parts}.", parts=", ".join(alone)))
    if prediction.fusion_weights:
        lines.append(tr("The weights are the model's own; they do not say in which direction an input pulls."))
    return words, "\n".join(lines)


def caution_words(prediction: Prediction) -> tuple[str, str]:
    """What the card and the system ask to bear in mind: in plain sight, and with what it was trained on."""
    parts = [tr("Not for: {what}", what=_small(prediction.not_for))] if prediction.not_for else []
    parts += [tr("Caution: {what}", what=caution) for caution in prediction.cautions]
    trained = [tr("Trained on: {what}", what=prediction.trained_on)] if prediction.trained_on else []
    return " ".join(parts), "\n".join([*parts, *trained])


def _small(sentence: str) -> str:
    """The sentence as it goes on after a colon."""
    return sentence[:1].lower() + sentence[1:]
