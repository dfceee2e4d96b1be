"""What the engine sees in a photo: faces, pose, the subject's cut-out, and what kind of subject it is."""
