"""The pure part of evidence: which record goes where, the Merkle log, how proofs are checked."""
