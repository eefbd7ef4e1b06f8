output "name" {
  description = "Name of the pipeline."
  value       = aws_codepipeline.this.name
}

output "needs" {
  description = "The role's statements with their reasons."
  value       = module.role.needs
}
