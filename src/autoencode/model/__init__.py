"""What was learnt, and what it can do: no scikit-learn, and no JAX for dense networks."""
