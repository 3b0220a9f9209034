"""Reports of real data, opened from disk in headless Chromium under the page's own security policy."""

from __future__ import annotations

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import autoencode as ae
from autoencode import data

playwright = pytest.importorskip("playwright.sync_api")

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep these tests in one process of several, so that each report is made once."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class Visit:
    """A page that is open, and what it did beside being looked at.

    Attributes
    ----------
    page
        Playwright's.
    complaints
        Errors and warnings of the console, and exceptions.
    requests
        Addresses that were asked for, without those that hold their own data.
    """

    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Put the page back to what it is when it opens, by its own controls."""
        self.page.set_viewport_size(SIZE)
        self.page.emulate_media(media="screen", color_scheme="light")
        self.page.mouse.move(0, 0)
        worst = self.page.locator('[data-study="1"][data-part="worst"]')
        worst.locator('[data-role="measure"]').select_option(index=0)
        if worst.locator('[data-role="clear"]').is_enabled():
            worst.locator('[data-role="clear"]').click()
        worst.locator(".sample-card").first.click()
        self.page.evaluate("() => scrollTo(0, 0)")

    def look_back(self) -> None:
        """Assert that nothing was complained of, and nothing asked for but the file."""
        assert self.complaints == []
        assert len(self.requests) == 1, self.requests
        assert self.requests[0].startswith("file:")

    def settle(self) -> None:
        """Wait until what was done is on the screen."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def state(self, study: int = 1) -> dict[str, Any]:
        """Return what the page says of a study: the sample at hand, the samples listed, the sliders."""
        self.settle()
        return self.page.evaluate("study => window.autoencodeReport.state(study)", study)


Open = Callable[..., Visit]
SIZE: Any = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=path, args=list(OPTIONS))
        yield chromium
        chromium.close()


def is_complaint(message: Any) -> bool:
    # That pixels are read often is the tests' own doing.
    return message.type in ("error", "warning") and "willReadFrequently" not in message.text


def open_page(browser: Any, path: Path, *, ready: bool = True, **options: Any) -> Visit:
    context = browser.new_context(**{"viewport": SIZE, **options})
    context.set_default_timeout(20_000)
    seen = Visit(context.new_page())
    seen.page.on("console", lambda message: is_complaint(message) and seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("request", lambda r: r.url.startswith(("data:", "blob:")) or seen.requests.append(r.url))
    seen.page.goto(path.as_uri())
    if ready:
        seen.page.evaluate("() => window.autoencodeReport.ready")
    return seen


@pytest.fixture
def visit(browser: Any) -> Iterator[Open]:
    """Give a function that opens a file; after the test no visit may have complained, or asked for anything."""
    visits: list[Visit] = []

    def go(path: Path, **options: Any) -> Visit:
        visits.append(open_page(browser, path, **options))
        return visits[-1]

    yield go
    for seen in visits:
        seen.page.context.close()
    for seen in visits:
        seen.look_back()


@pytest.fixture(scope="session")
def opened() -> dict[Path, Visit]:
    """The pages that stay open."""
    return {}


@pytest.fixture
def look(browser: Any, opened: dict[Path, Visit]) -> Iterator[Callable[[Path], Visit]]:
    """Give a function that returns a page as it opens; it is opened once for all tests, as opening takes seconds."""

    def go(path: Path) -> Visit:
        if path not in opened:
            opened[path] = open_page(browser, path)
        opened[path].begin()
        return opened[path]

    yield go
    for seen in opened.values():
        complaints, seen.complaints = seen.complaints, []  # a test that comes after is not to blame
        replace(seen, complaints=complaints).look_back()


def real_data(*parts: str) -> Path:
    root = os.environ.get("AUTOENCODE_DATA")
    if not root:
        pytest.skip(f"AUTOENCODE_DATA names no folder with {'/'.join(parts)}")
    return Path(root).joinpath(*parts)


def fit(samples: Any, *, code_size: int, validation: Any = None, **settings: Any) -> ae.Autoencoder:
    """Train briefly; what the diagnosis says of that stands in the report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ae.DiagnosisWarning)
        return ae.Autoencoder(code_size, random_state=0, **settings).fit(samples, validation=validation)


@dataclass(frozen=True)
class Reported:
    """A report, also on disk, the model that it is of, and its samples."""

    report: ae.report.Report
    path: Path
    model: ae.Autoencoder
    samples: Any


def save(report: ae.report.Report, folder: Path, model: ae.Autoencoder, samples: Any) -> Reported:
    return Reported(report, report.save(folder / "report.html"), model, samples)


@pytest.fixture(scope="session")
def mnist_report(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    real_data("mnist")
    digits = data.read("mnist")
    assert digits.held_out is not None
    settings = {"hidden": (), "epochs": 4, "restarts": 2, "loss": "binary_cross_entropy"}
    model = fit(digits.values[:5_000], code_size=32, validation=digits.held_out[:500], **settings)
    report = model.report(digits.held_out, name="mnist", labels=digits.held_out_labels)
    return save(report, tmp_path_factory.mktemp("mnist"), model, digits.held_out)


@pytest.fixture(scope="session")
def titanic_report(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    table = data.read(real_data("tables", "titanic.csv")).values
    model = fit(table, code_size=4, epochs=60, validation_fraction=0.1)
    return save(model.report(table, name="titanic"), tmp_path_factory.mktemp("titanic"), model, table)


@pytest.fixture(scope="session")
def photographs_report(tmp_path_factory: pytest.TempPathFactory) -> Reported:
    samples = data.read(real_data("images", "sign_language_digits"), size=32)
    rows = slice(0, len(samples.values), 4)
    model = fit(samples.values[rows], code_size=16, network="dense", hidden=(64,), epochs=10)
    labels = None if samples.labels is None else samples.labels[rows]
    report = model.report(samples.values[rows], name="photographs", labels=labels)
    return save(report, tmp_path_factory.mktemp("photographs"), model, samples.values[rows])


@pytest.fixture
def fitted() -> Callable[..., ae.Autoencoder]:
    """Give `fit`."""
    return fit
