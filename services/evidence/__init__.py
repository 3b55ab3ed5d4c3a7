"""Evidence: an archive of what proves each step of a case, which can't be altered unnoticed."""
