"""The sculpt engine: from one photo to a textured, printable figurine and its pictures, on a CPU.

Conventions: images are BGR (OpenCV's order); pixel positions are (x, y) of pixel centres; solids are in millimetres
with x to the right, y away from the viewer and z up; colours of vertices are BGR from 0 to 255.
"""
