"""The figurine turning round: quick frames in the picture's look, a video of them, and sheets of views."""
