"""Builds and validates on partitions, in one process, on all cores or on Spark: the same pure functions, the same quads and findings."""
