"""The page parses, shows every case, links to what is there and cannot be made to run anything."""

from __future__ import annotations

from html.parser import HTMLParser

from engine.domain.task import load_task
from engine.serving.contact_sheet import SheetCase, contact_sheet
from engine.serving.results import Row, Status

TASK = load_task("breast_lesion")


class Page(HTMLParser):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(data.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def values(self, tag: str, name: str) -> list[str | None]:
        return [a.get(name) for t, a in self.tags if t == tag]


SCORED = Row(
    status=Status.SCORED,
    case_id="c-1",
    patient_id="Jane Doe",
    predicted_class="malignant",
    probabilities={"benign": "0.25", "malignant": "0.75"},
    threshold="0.4",
)


def test_a_case_with_pictures_and_probability() -> None:
    pictures = {"bmode": ("thumbnails/c-1_bmode.jpg", "heatmaps/c-1_bmode.png"), "doppler": ("thumbnails/d.jpg",)}
    page = Page(contact_sheet(TASK, None, [SheetCase(row=SCORED, pictures=pictures)], "1 scored."))
    assert page.values("img", "src") == ["thumbnails/c-1_bmode.jpg", "thumbnails/d.jpg"]
    assert page.values("a", "href") == ["heatmaps/c-1_bmode.png"]
    assert "probability of malignant 0.750, threshold 0.400" in page.text
    assert "Research use, not a medical device." in page.text


def test_no_patient_is_named() -> None:
    assert b"Jane" not in contact_sheet(TASK, None, [SheetCase(row=SCORED, pictures={})], "")


def test_hostile_names_stay_text() -> None:
    evil = '<script>alert(1)</script>"onload=x \udcff'
    row = Row(status=Status.FAILED, case_id=evil, reason=evil)
    page = Page(contact_sheet(TASK, None, [SheetCase(row=row, pictures={"bmode": (evil,)})], evil))
    assert "script" not in [tag for tag, _ in page.tags]
    assert all(set(a) <= {"class", "src", "alt", "loading", "name", "content", "charset", "lang"} for _, a in page.tags)
