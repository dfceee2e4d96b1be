"""The service's own small web server: webhooks, the pages of the policy, a sign of life."""
