"""Between the record of a QDA project and the tables of a study, both ways. Reads no project file: that is what readers are for."""
