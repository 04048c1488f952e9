"""The explorer in a browser: a face over explore, as thin as the command line. Needs the extra `web`."""
