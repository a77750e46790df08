"""Values as Java's own Hessian encoders write them, and what each means."""
