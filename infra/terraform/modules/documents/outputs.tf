output "bucket" {
  description = "Name of the bucket, once it and its documents exist."
  value       = module.bucket.name
  depends_on  = [aws_s3_object.seed]
}

output "arn" {
  description = "ARN of the bucket."
  value       = module.bucket.arn
}

output "object_arns" {
  description = "ARN of each document object."
  value       = [for object in var.objects : "${module.bucket.arn}/${object.key}"]
}
