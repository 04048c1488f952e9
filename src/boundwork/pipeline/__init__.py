"""From a study's tables to a store that answers: inputs, build, the local cache, and the dataset that is written out."""

from boundwork.pipeline.build import Build, build, current_build
from boundwork.pipeline.inputs import load_vocabulary

__all__ = ["Build", "build", "current_build", "load_vocabulary"]
