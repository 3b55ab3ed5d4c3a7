"""Resolution: takes the decision that ends a ticket, and keeps an order's money right."""
