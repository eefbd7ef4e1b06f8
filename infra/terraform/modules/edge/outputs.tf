output "distribution_id" {
  description = "Id of the distribution."
  value       = aws_cloudfront_distribution.this.id
}

output "distribution_arn" {
  description = "ARN of the distribution."
  value       = aws_cloudfront_distribution.this.arn
}

output "domain" {
  description = "Host name readers use: the first of one's own, else the distribution's."
  value       = local.own_names ? var.domain_names[0] : aws_cloudfront_distribution.this.domain_name
}

output "distribution_domain" {
  description = "Host name DNS records of one's own lead to."
  value       = aws_cloudfront_distribution.this.domain_name
}
