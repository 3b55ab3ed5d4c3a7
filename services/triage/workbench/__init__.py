"""Tools for whoever changes the policy: `lint`, `cases`, `explain` and `replay` are programs that
`aftercare triage` starts. They read with the live service's own code and change nothing."""
