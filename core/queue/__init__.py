"""Orders: the table of their steps, their place in the queue, and the work on them."""
