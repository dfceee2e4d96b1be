"""The printable and the viewable files. The same statue always gives the same bytes."""
