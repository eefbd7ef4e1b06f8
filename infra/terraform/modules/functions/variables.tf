variable "project" {
  description = "Name of the project; functions and roles are called `<project>-<function>`."
  type        = string
}

variable "account" {
  description = "Account of everything."
  type        = string
}

variable "region" {
  description = "Region of everything but CloudFront."
  type        = string
}

variable "catalog_table" {
  description = "Name of the catalog table."
  type        = string
}

variable "catalog_stream_arn" {
  description = "ARN of its stream."
  type        = string
}

variable "ledger_table" {
  description = "Name of the ledger table."
  type        = string
}

variable "documents" {
  description = "Metadata documents: ARN of the bucket, and of each object."
  type = object({
    bucket_arn  = string
    object_arns = list(string)
  })
}

variable "site_arn" {
  description = "ARN of the site's bucket."
  type        = string
}

variable "distribution_arn" {
  description = "ARN of the distribution."
  type        = string
}

variable "slack_secret_arn" {
  description = "ARN of the secret with the Slack token."
  type        = string
}

variable "queue_arns" {
  description = "Failure queues: of the stream mapping, and of asynchronous calls."
  type = object({
    stream_failures   = string
    function_failures = string
  })
}

variable "pipeline" {
  description = "Name of the pipeline, and of the stage behind its sources."
  type = object({
    name        = string
    front_stage = string
  })
}

variable "build_project" {
  description = "Name of the CodeBuild project."
  type        = string
}
