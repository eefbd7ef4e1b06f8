output "pipeline" {
  description = "Name of the pipeline."
  value       = module.pipeline.name
}

output "needs" {
  description = "What each role may do and why; docs/reference/iam.md is written from it."
  value       = [module.build.needs, module.pipeline.needs]
}
