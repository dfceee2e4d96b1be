"""From a scene to a picture: path tracing, noise-free guides, denoising, tone mapping."""
