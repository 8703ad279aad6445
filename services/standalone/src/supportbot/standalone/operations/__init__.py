"""What a platform team does to a running product: look at it, keep it in order, bring it back."""
