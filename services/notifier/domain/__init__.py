"""Pure rules of the notifier: what is said to whom and when, and the life of a notification."""
