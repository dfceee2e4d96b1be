"""What comes in: consent before the first photo, and pictures decoded safely."""
