"""Other tools' projects in, one neutral record out: one module a format. Nothing here knows the model, a study or an engine."""
