"""The one place that knows Stripe: what it is asked, and how its objects are read."""
