-- name: order_known
SELECT EXISTS (SELECT FROM intake.customer_order WHERE order_id = $1);
