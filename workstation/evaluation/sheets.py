"""The pages of a report that are made of tables and figures."""

from __future__ import annotations

from workstation.evaluation import all_figures, heatmaps, modalities
from workstation.evaluation.report import Report
from workstation.evaluation.section import Part, Sheet
from workstation.words import tr


def figures_sheet() -> Sheet:
    """Thresholds, promised sets, and every figure."""
    return Sheet(
        tr("Figures"),
        (
            Part(
                title=tr("Thresholds"),
                heads=(
                    tr("Threshold"),
                    tr("Sensitivity"),
                    tr("Specificity"),
                    tr("PPV"),
                    tr("NPV"),
                    tr("TP / FP / FN / TN"),
                ),
                rows=all_figures.point_rows,
                words=all_figures.threshold_words,
                note=tr(
                    "In brackets: 95 % intervals. * chosen on these very cases, so it promises nothing for others. "
                    "TP / FP / FN / TN: true and false positives, false and true negatives."
                ),
            ),
            Part(
                title=tr("Promises of the model's card"),
                heads=(tr("Promise"), tr("Seen here"), tr("Cases")),
                rows=all_figures.set_rows,
            ),
            Part(
                title=tr("All stages"),
                heads=(tr("Figure"), tr("Value, 95 % interval"), tr("Cases")),
                rows=all_figures.stage_rows,
            ),
            Part(
                title=tr("All figures"),
                heads=(tr("Figure"), tr("Interval by formula"), tr("Interval by drawing patients"), tr("Cases")),
                rows=all_figures.figure_rows,
                note=tr("By formula: DeLong for the AUC, Wilson for shares. By drawing: bootstrap of whole patients."),
                pictures=(("radar", tr("The figures at the operating point, on one wheel")),),
            ),
        ),
    )


def modalities_sheet() -> Sheet:
    """Subsets, contributions and the integration score."""
    return Sheet(
        tr("Modalities"),
        (
            Part(
                title=tr("Every subset of the modalities"),
                heads=(tr("Shown to the model"), tr("Cases"), tr("AUC"), tr("Best possible"), tr("Below all, DeLong")),
                rows=modalities.subset_rows,
                words=modalities.subset_words,
            ),
            Part(
                title=tr("What each modality adds"),
                heads=(
                    tr("Modality"),
                    tr("AUC lost without it"),
                    tr("Share in log-odds, size"),
                    tr("In positive cases"),
                    tr("In the others"),
                ),
                rows=modalities.contribution_rows,
                note=tr("Shares are Shapley values; a size counts in either direction."),
                pictures=(("contributions", tr("What the answer loses without each modality, and its pushes")),),
            ),
            Part(
                title=tr("Integration score (MIS) and its parts"),
                heads=(
                    tr("Variant"),
                    tr("Score"),
                    tr("Consistency"),
                    tr("Confidence"),
                    tr("Accuracy"),
                    tr("Cases"),
                ),
                rows=modalities.integration_rows,
                words=modalities.integration_words,
                pictures=(("integration", tr("The integration score and its parts")),),
            ),
        ),
    )


def heatmaps_sheet() -> Sheet:
    """Where the maps point, and whether they depend on the model."""
    return Sheet(
        tr("Heatmaps"),
        (
            Part(
                title=tr("Against the lesions' outlines"),
                heads=(
                    tr("Cases"),
                    tr("Number"),
                    tr("Hits (pointing game)"),
                    tr("Evidence inside"),
                    tr("Lesion's share (chance)"),
                    tr("Times chance"),
                ),
                rows=heatmaps.pointing_rows,
                words=heatmaps.pointing_words,
                pictures=(("localisation", tr("Hits and evidence inside the lesion, beside chance")),),
            ),
            Part(
                title=tr("With random weights"),
                heads=(
                    tr("Random layers"),
                    tr("Their share of the weights"),
                    tr("Likeness"),
                    tr("Likeness with signs"),
                ),
                rows=heatmaps.check_rows,
                wide=range(4),
                words=heatmaps.check_words,
                pictures=(("randomisation", tr("Likeness to the original maps as the weights are lost")),),
            ),
        ),
    )


class WorseSheet(Sheet):
    """AUC under worse inputs; how many severities there are, the report says."""

    def __init__(self) -> None:
        super().__init__(
            tr("Worse inputs"),
            (
                Part(
                    title=tr("AUC by severity"),
                    heads=("",) * 2,
                    rows=heatmaps.worse_rows,
                    words=lambda report: tr("0 is the input as it is.") if heatmaps.severities(report) else "",
                    note=tr(
                        "Relative: area under the AUC over severity. Effective: how far the AUC lies above that of "
                        "the mean of the single modalities' answers, moved to the same start and summed over all."
                    ),
                    pictures=(("robustness", tr("AUC as the inputs get worse")),),
                ),
            ),
        )

    def show_report(self, report: Report) -> bool:
        steps = heatmaps.severities(report)
        self.sections[0].show_heads((tr("Damage"), *steps, tr("Relative"), tr("Effective")) if steps else ())
        return super().show_report(report)
