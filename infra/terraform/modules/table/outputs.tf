output "name" {
  description = "Name of the table, once it exists."
  value       = aws_dynamodb_table.this.name
}

output "stream_arn" {
  description = "ARN of the change stream; empty without one."
  value       = var.stream ? aws_dynamodb_table.this.stream_arn : ""
}
