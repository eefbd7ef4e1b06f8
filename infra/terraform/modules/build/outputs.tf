output "name" {
  description = "Name of the project, once it exists."
  value       = aws_codebuild_project.this.name
}

output "arn" {
  description = "ARN of the project, known before it exists."
  value       = "${local.arn}:codebuild:${var.region}:${var.account}:project/${var.name}"
}

output "needs" {
  description = "The role's statements with their reasons."
  value       = module.role.needs
}
