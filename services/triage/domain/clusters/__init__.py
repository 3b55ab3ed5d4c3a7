"""Beyond the single ticket: complaints that seem to have one cause. `look` is the rule; `count` is
the sequential test, `marks` finds the same photo and the same wording."""
