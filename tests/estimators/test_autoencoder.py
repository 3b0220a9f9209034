"""Training: seeds, restarts, history, held-out samples, patience, callbacks, interrupts, going on, diagnosis."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError

from autoencode import Autoencoder, DiagnosisWarning, EpochRecord
from autoencode.exceptions import InvalidInputError, SampleShapeError, TrainingDivergedError

pytestmark = pytest.mark.filterwarnings("ignore::autoencode.DiagnosisWarning")

Make = Callable[..., Autoencoder]


def weights_of(model: Autoencoder) -> list[np.ndarray]:
    layers = (*model.network_.encoder, *model.network_.decoder)
    return [np.asarray(array) for layer in layers for array in (layer.kernel, layer.bias)]


def assert_same_weights(one: Autoencoder, other: Autoencoder) -> None:
    for a, b in zip(weights_of(one), weights_of(other), strict=True):
        np.testing.assert_array_equal(a, b)


# ---------------------------------------------------------------------- seeds and restarts


def test_the_same_seed_gives_the_same_bits(make: Make, table: np.ndarray) -> None:
    one, again = make().fit(table), make().fit(table)
    assert_same_weights(one, again)
    assert_same_weights(one, one.fit(table))
    np.testing.assert_array_equal(one.history_.loss, again.history_.loss)
    assert not np.array_equal(make(random_state=1).fit(table).history_.loss, one.history_.loss)


def test_a_restart_is_the_same_network_alone_and_among_others(make: Make, table: np.ndarray) -> None:
    alone, among = make().fit(table), make(restarts=3).fit(table)
    np.testing.assert_allclose(among.history_.loss[:, 0], alone.history_.loss[:, 0], rtol=1e-5)


@pytest.mark.parametrize("held_out", [False, True])
def test_the_restart_with_the_lowest_loss_is_kept(make: Make, table: np.ndarray, held_out: bool) -> None:
    model = make(restarts=4).fit(table[:40], validation=table[40:] if held_out else None)
    history = model.history_
    monitored = history.validation_loss if held_out else history.loss
    assert monitored is not None
    assert model.best_restart_ == np.argmin(monitored[-1])
    assert [restart.loss for restart in model.restarts_] == list(history.loss[-1])
    assert [restart.monitored_loss for restart in model.restarts_] == list(monitored[-1])
    if held_out:
        scaled = [model.keep_restart(k).errors(table[40:], units="scaled").mean() for k in range(4)]
        np.testing.assert_allclose(scaled, monitored[-1], rtol=1e-5)


def test_keep_restart_copies_the_model_with_another_network(make: Make, table: np.ndarray) -> None:
    model = make(restarts=3).fit(table)
    before = model.transform(table)
    worst = int(np.argmax(model.history_.loss[-1]))
    other = model.keep_restart(np.int64(worst))
    assert other.best_restart_ == worst != model.best_restart_
    assert other.errors(table, units="scaled").mean() > model.errors(table, units="scaled").mean()
    np.testing.assert_array_equal(model.transform(table), before)
    for wrong in (3, -1, 1.5, "0"):
        with pytest.raises(InvalidInputError, match="restart must be a whole number between 0 and 2"):
            model.keep_restart(wrong)  # pyright: ignore[reportArgumentType]


# ---------------------------------------------------------------------- history and held-out samples


def test_history_has_a_row_an_epoch_and_a_column_a_restart(make: Make, table: np.ndarray) -> None:
    history = make(restarts=2, epochs=5).fit(table, validation=table[:7]).history_
    assert history.validation_loss is not None
    assert history.loss.shape == history.validation_loss.shape == (5, 2)
    assert history.seconds.shape == history.samples_per_second.shape == (5,)
    assert history.epochs == 5
    assert np.isfinite(history.loss).all()
    np.testing.assert_allclose(history.samples_per_second, 60 * 2 / history.seconds)
    assert "5 epochs, 2 restarts, last held-out loss" in repr(history)
    assert make().fit(table).history_.validation_loss is None


def test_held_out_samples_never_touch_the_weights(make: Make, table: np.ndarray) -> None:
    alone = make().fit(table)
    beside = make().fit(table, validation=np.random.default_rng(5).normal(size=(33, 5)))
    assert_same_weights(alone, beside)
    np.testing.assert_array_equal(alone.history_.loss, beside.history_.loss)


def test_validation_fraction_holds_out_rows_of_which_nothing_is_learned(make: Make, table: np.ndarray) -> None:
    model = make(validation_fraction=0.25).fit(table)
    assert model.history_.validation_loss is not None
    np.testing.assert_allclose(model.history_.samples_per_second * model.history_.seconds, 45)
    spoiled = table.copy()
    kept_mean = model.baselines_[0].mean * model.fitted_.scaling.scale + model.fitted_.scaling.offset
    assert not np.allclose(kept_mean, table.mean(axis=0), rtol=1e-9), "scaling and baselines see the training rows only"
    np.testing.assert_array_equal(spoiled, table)


def test_patience_stops_and_keeps_the_best_weights(make: Make, table: np.ndarray) -> None:
    records: list[EpochRecord] = []
    parameters = {"learning_rate": 0.9, "hidden": (4,), "epochs": 60, "patience": 3, "callbacks": [records.append]}
    model = make(**parameters).fit(table[:40], validation=table[40:])
    losses = model.history_.validation_loss
    assert losses is not None
    best = int(np.argmin(losses[:, 0]))
    assert best < len(losses) - 1
    assert len(losses) == min(60, best + 1 + 3)
    assert model.restarts_[0].validation_loss == losses[best, 0]
    np.testing.assert_allclose(model.errors(table[40:], units="scaled").mean(), losses[best, 0], rtol=1e-4)


# ---------------------------------------------------------------------- callbacks and interrupts


def test_callbacks_see_every_epoch_and_stop_by_true_alone(make: Make, table: np.ndarray) -> None:
    seen: list[int] = []

    def stop_at_two(record: EpochRecord) -> bool:
        seen.append(record.epoch)
        return record.epoch == 2

    assert make(epochs=6, callbacks=[stop_at_two]).fit(table).history_.epochs == 2
    assert seen == [1, 2]
    assert make(epochs=3, callbacks=[lambda record: np.bool_(True)]).fit(table).history_.epochs == 1
    for ignored in (1, "yes", np.ones(3), [True], None, False):
        assert make(callbacks=[lambda record, ignored=ignored: ignored]).fit(table).history_.epochs == 3


def test_a_stopped_training_is_the_shorter_training(make: Make, table: np.ndarray) -> None:
    stopped = make(epochs=6, callbacks=[lambda record: record.epoch == 3]).fit(table)
    assert_same_weights(stopped, make(epochs=3).fit(table))


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt(), SystemExit(3)])
def test_an_interrupt_keeps_the_epochs_so_far(make: Make, table: np.ndarray, error: BaseException) -> None:
    def fail_at_two(record: EpochRecord) -> None:
        if record.epoch == 2:
            raise error

    model = make(epochs=6, callbacks=[fail_at_two])
    with pytest.raises(type(error)) as caught:
        model.fit(table)
    assert caught.value is error
    assert model.history_.epochs == 2
    assert_same_weights(model, make(epochs=2).fit(table))
    assert np.isfinite(model.score(table))


def test_an_interrupt_while_the_last_epoch_is_taken_stock_of_keeps_it(
    make: Make, table: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    from autoencode.model import fit

    real, calls = fit.summarise_codes, []

    def interrupted_once(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(fit, "summarise_codes", interrupted_once)
    model = make()
    with pytest.raises(KeyboardInterrupt):
        model.fit(table)
    assert model.history_.epochs == 3
    assert model.transform(table).shape == (60, 2)


def test_a_callback_that_fails_after_divergence_shows_its_own_error(make: Make, table: np.ndarray) -> None:
    def fail(record: EpochRecord) -> None:
        raise RuntimeError("mine")

    model = make(optimizer="sgd", learning_rate=1e30, callbacks=[fail])
    with pytest.raises(RuntimeError, match="mine"):
        model.fit(table)
    with pytest.raises(NotFittedError):
        model.transform(table)


def test_a_real_interrupt_leaves_a_fitted_model() -> None:
    program = textwrap.dedent(
        """
        import os, signal, numpy as np
        from autoencode import Autoencoder
        def interrupt(record):
            if record.epoch == 3:
                os.kill(os.getpid(), signal.SIGINT)
        model = Autoencoder(2, hidden=(), epochs=100000, random_state=0, callbacks=[interrupt])
        samples = np.random.default_rng(0).random((60, 5))
        try:
            model.fit(samples)
        except KeyboardInterrupt:
            print("interrupted", model.history_.epochs, model.transform(samples).shape)
        """
    )
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    word, epochs, *shape = done.stdout.split()
    assert word == "interrupted"
    assert 3 <= int(epochs) < 100_000
    assert shape == ["(60,", "2)"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


# ---------------------------------------------------------------------- going on


def test_warm_start_goes_on(make: Make, table: np.ndarray) -> None:
    model = make(warm_start=True, epochs=10).fit(table)
    first = model.history_.loss.copy()
    model.fit(table)
    assert model.history_.epochs == 20
    np.testing.assert_array_equal(model.history_.loss[:10], first)
    assert (model.history_.loss[10:] < first[-1]).all()
    assert make(warm_start=True, epochs=10).fit(table).fit(table).history_.loss[-1] == model.history_.loss[-1]


def test_without_warm_start_fit_begins_anew(make: Make, table: np.ndarray) -> None:
    model = make().fit(table)
    assert model.fit(table[:, :3]).n_features_in_ == 3
    assert model.history_.epochs == 3
    assert model.transform(table[:, :3]).shape == (60, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    {
        "code_size": 3,
        "hidden": (4,),
        "activation": "tanh",
        "code_activation": "relu",
        "restarts": 2,
        "output_activation": "sigmoid",
        "scaling": "minmax",
    }.items(),
)
def test_warm_start_with_another_network_is_refused(make: Make, table: np.ndarray, name: str, value: object) -> None:
    model = make(warm_start=True).fit(table)
    with pytest.raises(InvalidInputError, match=rf"warm_start.*{name}="):
        model.set_params(**{name: value}).fit(table)
    assert model.transform(table).shape == (60, 2), "the fitted model is still there"


def test_warm_start_on_other_features_is_refused(make: Make, table: np.ndarray) -> None:
    model = make(warm_start=True).fit(table)
    with pytest.raises(SampleShapeError):
        model.fit(table[:, :3])
    assert model.transform(table).shape == (60, 2)


def test_warm_start_never_trains_on_what_it_held_out(make: Make, table: np.ndarray) -> None:
    model = make(warm_start=True, validation_fraction=0.3, random_state=None)
    model.fit(table)
    first = model.baselines_[0].mean
    np.testing.assert_array_equal(model.fit(table).baselines_[0].mean, first)
    assert model.history_.validation_loss is not None
    assert model.history_.validation_loss.shape == (6, 1)


# ---------------------------------------------------------------------- divergence, diagnosis, oracle


def test_divergence_is_an_error_in_words(make: Make, table: np.ndarray) -> None:
    model = make(optimizer="sgd", learning_rate=1e30, epochs=5)
    with pytest.raises(TrainingDivergedError, match=r"epoch \d.*every restart.*learning_rate"):
        model.fit(table)
    with pytest.raises(NotFittedError):
        model.transform(table)


def test_a_dead_relu_code_is_told() -> None:
    samples = np.random.default_rng(0).random((400, 30))
    parameters = {"activation": "relu", "code_activation": "relu", "loss": "binary_cross_entropy"}
    model = Autoencoder(2, hidden=(2,), epochs=20, learning_rate=0.05, random_state=0, restarts=8, **parameters)
    model.fit(samples)
    dead = min(range(8), key=lambda k: model.restarts_[k].live_units["code"])
    assert model.restarts_[dead].live_units["code"] < 2
    texts = []
    for seed in range(4):
        one = Autoencoder(2, hidden=(2,), epochs=20, learning_rate=0.05, random_state=seed, **parameters)
        with pytest.warns(DiagnosisWarning) as caught:
            one.fit(samples)
        assert [finding.text for finding in one.diagnosis_] == [str(warning.message) for warning in caught]
        assert caught[0].filename == __file__, "it points at the caller's line"
        texts += [finding.text for finding in one.diagnosis_ if "unit" in finding.text]
    assert any("of 2" in text or "of the 2" in text for text in texts), texts


def test_a_good_training_says_nothing(make: Make, table: np.ndarray, recwarn: pytest.WarningsRecorder) -> None:
    model = make(epochs=600, learning_rate=0.02, scaling="standard").fit(table)
    assert [finding.name for finding in model.diagnosis_] in ([], ["no_better_than_pca"])


@pytest.mark.parametrize("restarts", [1, 3])
def test_a_linear_autoencoder_spans_the_subspace_of_pca(restarts: int) -> None:
    rng = np.random.default_rng(0)
    basis = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    samples = rng.normal(size=(500, 8)) * [5, 3, 2, 0.5, 0.3, 0.2, 0.1, 0.1] @ basis.T
    model = Autoencoder(
        3, hidden=(), scaling="none", epochs=600, batch_size=500, learning_rate=0.02, restarts=restarts, random_state=0
    ).fit(samples)
    components = PCA(3).fit(samples).components_
    ours = np.linalg.qr(np.asarray(model.network_.decoder[0].kernel).T)[0]
    cosines = np.linalg.svd(components @ ours, compute_uv=False)
    assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).max() < 1
    pca = model.baselines_[1]
    assert model.errors(samples).mean() <= ((samples - pca.reconstruct(samples)) ** 2).mean() * 1.03


def test_verbose_writes_a_line_an_epoch(make: Make, table: np.ndarray, capsys: pytest.CaptureFixture[str]) -> None:
    make(verbose=1, epochs=2, restarts=2).fit(table, validation=table[:5])
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert [line.split(" · ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("held-out" in line and "samples/s" in line and "best of 2 restarts" in line for line in lines)
    make().fit(table)
    assert capsys.readouterr().err == ""


@pytest.mark.slow
def test_only_one_state_is_kept_while_training(make: Make, table: np.ndarray) -> None:
    import gc

    from autoencode.training import TrainState

    counts: list[int] = []

    def count(record: EpochRecord) -> None:
        gc.collect()
        counts.append(sum(isinstance(thing, TrainState) for thing in gc.get_objects()))

    make(epochs=8, callbacks=[count]).fit(table)
    assert counts[-1] <= counts[2]


@pytest.mark.parametrize("restarts", [1, 3])
@pytest.mark.parametrize("held_out", [False, True])
def test_a_late_divergence_hands_over_the_best_weights_that_patience_kept(
    restarts: int, held_out: bool, make: Make
) -> None:
    table = np.random.default_rng(0).random((60, 5))
    options = {"optimizer": "sgd", "learning_rate": 10, "restarts": restarts, "epochs": 40, "batch_size": 30}
    validation = table[:20] if held_out else None
    with pytest.raises(TrainingDivergedError):
        make(**options, activation="identity").fit(table, validation=validation)
    with pytest.warns(DiagnosisWarning, match=r"diverged: .* The weights of epoch \d, the best .* Lower the learning"):
        model = make(**options, activation="identity", patience=30).fit(table, validation=validation)
    assert model.history_.epochs < 40
    assert not np.isfinite(model.history_.monitored_loss[-1]).any()
    assert np.isfinite(model.transform(table)).all()
    lowest = np.nanmin(model.history_.monitored_loss)
    assert model.restarts_[model.best_restart_].monitored_loss == pytest.approx(lowest)
    assert model.diagnosis_[0].name == "diverged"
