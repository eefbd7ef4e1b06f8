output "pipeline" {
  description = "CodePipeline's own structure, as the file has it, with its placeholders filled."
  value       = local.pipeline

  precondition {
    condition     = filesha256(var.file) == var.judged.sha256
    error_message = "pipeline.yml is not the one that was judged. Run once more: laststop aws render"
  }
  precondition {
    condition     = length(local.unknown) == 0
    error_message = "pipeline.yml has placeholders without a value: ${join(", ", local.unknown)}. Run once more: laststop aws render"
  }
  precondition {
    condition     = local.pipeline.name == var.judged.name
    error_message = "pipeline.yml names another pipeline than the roles are made for. Run once more: laststop aws render"
  }
  precondition {
    condition     = alltrue([for stage in local.pipeline.stages : alltrue([for a in stage.actions : try(a.configuration.ConnectionArn, "arn") != ""])])
    error_message = "The connection has no ARN yet. Confirm it in the AWS console, set connection_arn under [names.aws], and run: laststop aws render"
  }
}
