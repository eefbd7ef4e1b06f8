output "page" {
  description = "Address readers use."
  value       = "https://${module.edge.domain}/"
}

output "dns_target" {
  description = "Where DNS records of one's own lead."
  value       = module.edge.distribution_domain
}

output "connection" {
  description = "The connection that waits to be confirmed; put its ARN into [names.aws] connection_arn."
  value       = one(aws_codeconnections_connection.git[*].arn)
}

output "slack_secret" {
  description = "Secret that takes the Slack token."
  value       = aws_secretsmanager_secret.slack.name
}

output "needs" {
  description = "What each role may do and why; docs/reference/iam.md is written from it."
  value       = module.functions.needs
}
