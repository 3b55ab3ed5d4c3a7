"""Tools for whoever changes the policy: `lint`, `replay` and `migration` are programs that
`aftercare sla` starts. They plan with the live service's own code and change nothing."""
