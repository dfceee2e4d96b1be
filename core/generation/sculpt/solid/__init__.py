"""From the cut-out to a closed solid.

Every part (body, head, arm) is a soft volume over its own mask in the picture's plane. The parts are united on a voxel
grid, clipped to the exact silhouette, freed of walls too thin to print, and meshed by marching cubes.
"""
