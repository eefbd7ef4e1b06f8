"""CodePipeline's operations over the store: one table, one module per noun."""
