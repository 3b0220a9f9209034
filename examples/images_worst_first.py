"""A picture of the images that are rebuilt worst, with what differs."""

from __future__ import annotations

import argparse

import autoencode as ae


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", choices=("digits", "mnist"), default="digits")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--shown", type=int, default=10, help="how many images")
    parser.add_argument("--picture", default="worst.png", help="PNG, SVG or PDF file to write")
    options = parser.parse_args()

    images = ae.data.load(options.data)
    model = ae.Autoencoder(code_size=16, epochs=options.epochs, random_state=0).fit(images.train)
    ranking = ae.evaluation.worst(model.errors(images.test), options.shown)
    worst = images.test[ranking.indices]
    strip = ae.charts.compute_reconstruction_strip(
        worst,
        model.reconstruct(worst),
        sample_shape=images.sample_shape,
        captions=[(f"{index}", f"{error:.4f}") for index, error in ranking],
        differences=True,
    )
    figure = ae.charts.draw_reconstruction_strip(strip, title=f"{images.name}, worst first", subtitle="squared error")
    ae.charts.save_figure(figure, options.picture)
    print(options.picture)


if __name__ == "__main__":
    main()
