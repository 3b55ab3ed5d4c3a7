"""Intake: takes complaints, conversation and upstream events in and makes tickets of them."""
