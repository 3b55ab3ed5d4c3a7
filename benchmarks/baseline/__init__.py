"""The textbook design that ours is compared with: one handler call and one transaction a message.

The same rules, stores, database and broker; see README.md.
"""
