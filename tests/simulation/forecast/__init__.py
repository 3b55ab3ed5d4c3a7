"""The forecast played against queues of tickets, agents and customers: how good it is."""
