output "name" {
  description = "Name of the bucket, once it exists."
  value       = aws_s3_bucket.this.bucket
}

output "arn" {
  description = "ARN of the bucket, known before it exists."
  value       = local.arn
}

output "regional_domain_name" {
  description = "Host name CloudFront fetches from."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "versioning" {
  description = "Set once versioning is on; seeds wait for it."
  value       = one(aws_s3_bucket_versioning.this[*].id)
}
