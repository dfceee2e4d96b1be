"""The flows: what is answered to what, one module for each part of the way from the first contact to the files."""
