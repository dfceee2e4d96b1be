"""Sets: what stands in front of the camera, the light on it and the camera itself, independent of any renderer."""
