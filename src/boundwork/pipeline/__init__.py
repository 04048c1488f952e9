"""From a study's tables to a store that answers: inputs, builds in the local cache, and the dataset that is written out."""
